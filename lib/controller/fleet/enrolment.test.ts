import { randomBytes, X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createCertificateRequest, createKey } from '@/agent/identity/certificate-request'
import { ENROLL_PATH, hostIdentity } from '@/lib/agent-protocol/enrollment'
import { FailureLimiter, hashJoinToken, hostAddress } from '@/lib/controller/fleet/enrolment'
import { openFleetCa } from '@/lib/controller/fleet/fleet-ca'
import { newId } from '@/lib/ids'
import { FLEET_LIMITS } from '@/lib/server/limits'
import { loadX509 } from '@/lib/x509'
import { testDatabases } from '@/testing/database'
import { makeMount } from '@/testing/factories'
import { startTestFleet, type TestFleet } from '@/testing/fleet'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

interface Answer {
  status: number
  allow: string | undefined
  body: { error?: { code: string; fields?: { field: string }[] }; hostId?: string; certificate?: string }
}

function ask(
  fleet: TestFleet,
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { authorities } = fleet.controller.ca
    const options = {
      host: '127.0.0.1',
      port: fleet.controller.fleetPort,
      path: url,
      method,
      headers,
      ca: authorities,
      agent: false,
    }
    const outgoing = request(options, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({
        status: response.statusCode ?? 0,
        allow: response.headers.allow,
        body: text.startsWith('{') ? JSON.parse(text) : {},
      })
    })
    outgoing.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })
}

testDatabases('enrolment', (database) => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await startTestFleet(database)
  })
  afterAll(() => fleet.stop())

  async function makeToken(over: { expiresAt?: Date; hostName?: string } = {}): Promise<string> {
    const token = `hfj_${randomBytes(32).toString('base64url')}`
    await database.prisma.joinToken.create({
      data: {
        id: newId('joinToken'),
        tokenHash: hashJoinToken(token),
        createdBy: 'test',
        expiresAt: new Date(Date.now() + 15 * 60_000),
        labels: { rack: 'a1' },
        ...over,
      },
    })
    return token
  }
  const joinBody = (token: string, over = {}) => ({
    token,
    csr: createCertificateRequest(createKey()),
    hostname: 'node-1',
    port: 7443,
    protocolVersions: [1],
    ...over,
  })
  const join = (token: string, over = {}) => ask(fleet, 'POST', ENROLL_PATH, joinBody(token, over))

  test('a valid token makes a host with a certificate for its new id alone', async () => {
    const { status, body } = await join(await makeToken({ hostName: 'store-1' }))
    expect(status).toBe(200)
    const host = await database.prisma.host.findUniqueOrThrow({ where: { id: body.hostId ?? '' } })
    expect(host).toMatchObject({ name: 'store-1', address: '127.0.0.1:7443', labels: { rack: 'a1' } })
    const certificate = new X509Certificate(body.certificate ?? '')
    expect(certificate.subjectAltName).toBe(`URI:${hostIdentity(fleet.controller.ca.installationId, host.id)}`)
    expect(certificate.serialNumber.toLowerCase()).toBe(host.certificateSerial)
    const days = (certificate.validToDate.getTime() - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(29.9)
    expect(days).toBeLessThan(30.1)
    expect(Date.now() - certificate.validFromDate.getTime()).toBeGreaterThan(4.9 * 60_000)
  })

  test('a host gets the mounts for all hosts and for its labels with the row that makes it', async () => {
    const [everywhere, racked, other] = await Promise.all([
      makeMount(database.prisma, { targets: 'all' }),
      makeMount(database.prisma, { targets: 'labels', targetLabels: { rack: 'a1' } }),
      makeMount(database.prisma, { targets: 'labels', targetLabels: { rack: 'b2' } }),
    ])
    const { body } = await join(await makeToken())
    const rows = await database.prisma.mountOnHost.findMany({ where: { hostId: body.hostId ?? '' } })
    expect(new Set(rows.map((row) => row.mountId))).toEqual(new Set([everywhere.id, racked.id]))
    expect(rows.map((row) => row.mountId)).not.toContain(other.id)
    await database.prisma.mount.deleteMany({ where: { id: { in: [everywhere.id, racked.id, other.id] } } })
  })

  test('a token is good once, also when it comes twice at the same moment', async () => {
    const token = await makeToken()
    const answers = await Promise.all([join(token), join(token), join(token)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401])
    expect((await join(token)).body.error?.code).toBe('unauthenticated')
  })

  test('a token that has expired, or was never made, makes nothing', async () => {
    const before = await database.prisma.host.count()
    const expired = await makeToken({ expiresAt: new Date(Date.now() - 1) })
    expect((await join(expired)).status).toBe(401)
    expect((await join(`hfj_${randomBytes(32).toString('base64url')}`)).status).toBe(401)
    expect(await database.prisma.host.count()).toBe(before)
  })

  test('names in the request are ignored: the server chooses them', async () => {
    const x509 = await loadX509()
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const victim = hostIdentity(fleet.controller.ca.installationId, newId('host'))
    const csr = await x509.Pkcs10CertificateRequestGenerator.create({
      name: 'CN=controller',
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.SubjectAlternativeNameExtension([{ type: 'url', value: victim }]),
        new x509.BasicConstraintsExtension(true, 3, true),
      ],
    })
    const { body } = await join(await makeToken(), { csr: csr.toString('pem') })
    const certificate = new X509Certificate(body.certificate ?? '')
    expect(certificate.subjectAltName).toBe(
      `URI:${hostIdentity(fleet.controller.ca.installationId, body.hostId ?? '')}`,
    )
    expect(certificate.ca).toBe(false)
    expect(certificate.subject).not.toContain('controller')
  })

  test('a request that is not signed with its own key does not cost the token', async () => {
    const token = await makeToken()
    const [one, two] = [createCertificateRequest(createKey()), createCertificateRequest(createKey())]
    const der = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    // The signature of another request at the end.
    const forged = Buffer.concat([der(one).subarray(0, -32), der(two).subarray(-32)]).toString('base64')
    const csr = `-----BEGIN CERTIFICATE REQUEST-----\n${forged}\n-----END CERTIFICATE REQUEST-----\n`
    expect(await join(token, { csr })).toMatchObject({ status: 400, body: { error: { fields: [{ field: 'csr' }] } } })
    expect((await join(token)).status).toBe(200)
  })

  test('two hosts with one name get two names', async () => {
    const names = []
    for (let i = 0; i < 2; i++) {
      const { body } = await join(await makeToken(), { hostname: 'twin' })
      names.push((await database.prisma.host.findUniqueOrThrow({ where: { id: body.hostId ?? '' } })).name)
    }
    expect(names).toEqual(['twin', 'twin-2'])
  })

  test('the fleet port answers nothing else, and no file outside its folder', async () => {
    const folder = path.join(fleet.directory, 'agent')
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'agent.tar.gz'), 'packed')
    expect((await ask(fleet, 'GET', '/v1/agent/agent.tar.gz')).status).toBe(200)
    for (const url of [
      '/',
      '/v1/agent/',
      '/v1/agent/../controller/authority.json',
      '/v1/agent/%2e%2e/controller',
      '/v1/status',
    ]) {
      expect((await ask(fleet, 'GET', url)).status).toBe(404)
    }
  })

  test('a body without an end is refused, wherever it goes', async () => {
    for (const url of [ENROLL_PATH, '/v1/agent/holdfast-agent', '/nothing']) {
      const answer = await ask(fleet, 'POST', url, 'x'.repeat(FLEET_LIMITS.bodyBytes), {
        'transfer-encoding': 'chunked',
      })
      expect([answer.status, answer.body.error?.code], url).toEqual([413, 'payload_too_large'])
    }
  })

  test.each(['TRACE', 'PROPFIND', 'PUT', 'DELETE', 'OPTIONS'])(
    '%s is answered with 405 and what is allowed',
    async (method) => {
      const answer = await ask(fleet, method, ENROLL_PATH)
      expect(answer).toMatchObject({ status: 405, allow: 'GET, POST', body: { error: { code: 'method_not_allowed' } } })
    },
  )

  test('what strangers ask for in vain is counted, and not logged one by one', async () => {
    const before = fleet.logged.length
    for (let i = 0; i < 40; i++) await ask(fleet, 'GET', `/nothing/${i}`)
    const said = fleet.logged.slice(before).filter((line) => line.includes('refused'))
    expect(said.length).toBeLessThanOrEqual(1)
  })

  test('somebody who guesses is slowed down', async () => {
    const codes = new Set<number>()
    for (let i = 0; i < 30; i++) codes.add((await join(`hfj_${randomBytes(32).toString('base64url')}`)).status)
    expect(codes).toContain(429)
  })
})

test('addresses that failed once and never came again are not kept', () => {
  const limiter = new FailureLimiter()
  for (let at = 0; at < 6_000; at++) {
    const now = at * 1_000
    limiter.allows(`2001:db8:0:${at}`, now)
    limiter.failed(`2001:db8:0:${at}`, now)
  }
  expect(limiter.size).toBeLessThanOrEqual(600)
})

describe('the fleet CA', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-ca-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  test('is made once, kept private, and found again', async () => {
    const first = await openFleetCa(directory)
    expect(await openFleetCa(directory, { expectedInstallation: first.installationId })).toMatchObject({
      installationId: first.installationId,
      fingerprint: first.fingerprint,
    })
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(statSync(path.join(directory, 'authority.json')).mode & 0o777).toBe(0o600)
  })

  test('is never replaced behind the back of hosts that trust it', async () => {
    const empty = mkdtempSync(path.join(tmpdir(), 'holdfast-ca-'))
    await expect(openFleetCa(empty, { expectedInstallation: 'x' })).rejects.toThrow('missing')
    await expect(openFleetCa(directory, { expectedInstallation: 'x' })).rejects.toThrow('another installation')
    const file = path.join(empty, 'authority.json')
    writeFileSync(file, readFileSync(path.join(directory, 'authority.json'), 'utf8').slice(0, 200))
    await expect(openFleetCa(empty)).rejects.toThrow('damaged')
    rmSync(empty, { recursive: true })
  })
})

test.each([
  [{}, '192.0.2.7', '192.0.2.7:7443'],
  [{}, '2001:db8::7', '[2001:db8::7]:7443'],
  [{ advertise: 'nas.example.org' }, '192.0.2.7', 'nas.example.org:7443'],
  [{ advertise: 'nas.example.org:9000' }, '192.0.2.7', 'nas.example.org:9000'],
  [{ advertise: '[2001:db8::1]:9000' }, '192.0.2.7', '[2001:db8::1]:9000'],
])('a host that says %j from %s is called at %s', (over, remote, expected) => {
  const body = { token: 'x'.repeat(20), csr: '', hostname: 'a', port: 7443, protocolVersions: [1], ...over }
  expect(hostAddress(body, remote)).toBe(expected)
})

test.each(['a b', 'user@host', 'host:99999', 'host:', 'http://host', '[::1', 'a/b'])(
  '%s is no address',
  (advertise) => {
    const body = { token: 'x'.repeat(20), csr: '', hostname: 'a', port: 7443, protocolVersions: [1], advertise }
    expect(() => hostAddress(body, '192.0.2.7')).toThrow('host:port')
  },
)
