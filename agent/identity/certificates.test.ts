import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createCertificateRequest, createKey } from '@/agent/identity/certificate-request'
import { createCertificates } from '@/agent/identity/certificates'
import {
  checkHostCertificate,
  type Identity,
  readIdentity,
  readPendingKey,
  writeIdentity,
} from '@/agent/identity/identity'
import { controllerIdentity, hostIdentity } from '@/lib/agent-protocol/enrollment'
import { loadX509 } from '@/lib/x509'
import {
  type CertificateWishes,
  CLIENT_AUTH,
  createTestAuthority,
  hostWishes,
  TEST_INSTALLATION,
  type TestAuthority,
} from '@/testing/certificates'

const HOST = 'hst_00000000000000000000000001'
let fleet: TestAuthority
let stranger: TestAuthority
let root: string
let stateDir: string
let identity: Identity
let runs = 0

async function identityFrom(authority: TestAuthority, wishes: CertificateWishes): Promise<Identity> {
  const { certificate, key } = await authority.issue(wishes)
  return {
    version: 1,
    installationId: TEST_INSTALLATION,
    hostId: HOST,
    controllerIdentity: controllerIdentity(TEST_INSTALLATION),
    controllerUrl: 'https://127.0.0.1:3001',
    port: 8443,
    key,
    certificate,
    authorities: fleet.certificate,
  }
}

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'holdfast-certificates-'))
  fleet = await createTestAuthority()
  stranger = await createTestAuthority('Some other CA')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))
beforeEach(async () => {
  stateDir = path.join(root, `state-${runs++}`)
  identity = await identityFrom(fleet, hostWishes(HOST))
  writeIdentity(stateDir, identity)
})

test('a certificate request is well formed for another library, and signed with its own key', async () => {
  const { Pkcs10CertificateRequest } = await loadX509()
  const request = new Pkcs10CertificateRequest(createCertificateRequest(createKey()))
  expect(await request.verify()).toBe(true)
  expect(request.subject).toBe('CN=holdfast-agent')
  expect(request.publicKey.algorithm).toMatchObject({ name: 'ECDSA', namedCurve: 'P-256' })
  expect(request.extensions).toEqual([])
})

describe('identity on disk', () => {
  test('is readable by its owner alone and survives a round trip', () => {
    expect(readIdentity(stateDir)).toEqual(identity)
    expect(statSync(stateDir).mode & 0o777).toBe(0o700)
    expect(statSync(path.join(stateDir, 'identity.json')).mode & 0o777).toBe(0o600)
  })

  test('a damaged file is an error and never "not joined"', () => {
    const torn = ['port', 'key', 'certificate', 'authorities'].map((field) =>
      JSON.stringify({ ...identity, [field]: 'torn' }),
    )
    for (const damage of ['', '{', '{}', ...torn]) {
      writeFileSync(path.join(stateDir, 'identity.json'), damage)
      expect(() => readIdentity(stateDir)).toThrow(/damaged/)
    }
    expect(readIdentity(path.join(root, 'nowhere'))).toBeNull()
  })
})

describe('renewal', () => {
  test('the new certificate replaces the old one, and the pending key goes', async () => {
    const changes: Identity[] = []
    const certificates = createCertificates(stateDir, identity, (next) => changes.push(next))
    const { csr } = certificates.request()
    expect(statSync(path.join(stateDir, 'pending-key.pem')).mode & 0o777).toBe(0o600)
    expect(readIdentity(stateDir)?.certificate).toBe(identity.certificate)

    const certificate = await fleet.sign(csr, hostWishes(HOST))
    const answer = certificates.install(certificate, fleet.certificate)
    expect(answer.serial).toBe(new X509Certificate(certificate).serialNumber.toLowerCase())
    expect(certificates.current()).toEqual(answer)
    expect(changes).toHaveLength(1)
    expect(readPendingKey(stateDir)).toBeNull()
    expect(readdirSync(stateDir)).toEqual(['identity.json'])
    const stored = readIdentity(stateDir)
    expect(stored?.key).not.toBe(identity.key)
    expect(new X509Certificate(stored?.certificate ?? '').checkPrivateKey(createPrivateKey(stored?.key ?? ''))).toBe(
      true,
    )
    // The answer may have been lost on its way: the same again is the same.
    expect(certificates.install(certificate, fleet.certificate)).toEqual(answer)
  })

  test('asking twice gives a request for the same key', async () => {
    const certificates = createCertificates(stateDir, identity, () => {})
    const first = certificates.request().csr
    certificates.request()
    certificates.install(await fleet.sign(first, hostWishes(HOST)), fleet.certificate)
    expect(readPendingKey(stateDir)).toBeNull()
  })

  test('a CA is replaced in two steps, never in one', async () => {
    const certificates = createCertificates(stateDir, identity, () => {})
    const { csr } = certificates.request()
    const fromNew = await stranger.sign(csr, hostWishes(HOST))
    expect(() => certificates.install(fromNew, stranger.certificate)).toThrow(/two steps/)
    certificates.install(fromNew, fleet.certificate + stranger.certificate)
    certificates.install(fromNew, stranger.certificate)
    expect(readIdentity(stateDir)?.authorities).toBe(stranger.certificate)
  })

  const wrong: [string, (csr: string) => Promise<[string, string]>, RegExp][] = [
    [
      'another host',
      async (csr) => [await fleet.sign(csr, hostWishes('hst_other')), fleet.certificate],
      /does not name/,
    ],
    [
      'another installation',
      async (csr) => [await fleet.sign(csr, hostWishes(HOST, 'elsewhere')), fleet.certificate],
      /does not name/,
    ],
    [
      'this host and one more',
      async (csr) => [
        await fleet.sign(csr, {
          ...hostWishes(HOST),
          names: [
            { type: 'url', value: hostIdentity(TEST_INSTALLATION, HOST) },
            { type: 'url', value: hostIdentity(TEST_INSTALLATION, 'hst_other') },
          ],
        }),
        fleet.certificate,
      ],
      /does not name/,
    ],
    [
      'no name but a CN',
      async (csr) => [await fleet.sign(csr, { commonName: HOST }), fleet.certificate],
      /does not name/,
    ],
    [
      'clients only',
      async (csr) => [await fleet.sign(csr, { ...hostWishes(HOST), usages: [CLIENT_AUTH] }), fleet.certificate],
      /by a server/,
    ],
    [
      'a CA',
      async (csr) => [await fleet.sign(csr, { ...hostWishes(HOST), isAuthority: true }), fleet.certificate],
      /itself issue/,
    ],
    [
      'the past',
      async (csr) => [
        await fleet.sign(csr, { ...hostWishes(HOST), notAfter: new Date(Date.now() - 1000) }),
        fleet.certificate,
      ],
      /was valid until .*Z, and the clock of this host says .*Z, .* later/,
    ],
    [
      'the future',
      async (csr) => [
        await fleet.sign(csr, { ...hostWishes(HOST), notBefore: new Date(Date.now() + 3_600_000) }),
        fleet.certificate,
      ],
      /is valid from .*Z on, and the clock of this host says .*Z, .* earlier\. .*NTP/,
    ],
    ['a stranger', async (csr) => [await stranger.sign(csr, hostWishes(HOST)), fleet.certificate], /not signed/],
    [
      'another key',
      async () => [(await fleet.issue(hostWishes(HOST))).certificate, fleet.certificate],
      /does not belong to the key/,
    ],
    ['no PEM', async () => ['nonsense', fleet.certificate], /PEM/],
    [
      'damaged PEM',
      async (csr) => [(await fleet.sign(csr, hostWishes(HOST))).replace(/M/g, 'N'), fleet.certificate],
      /damaged|PEM/,
    ],
  ]
  test.each(wrong)('a certificate for %s is refused and changes nothing', async (_what, make, reason) => {
    const changes: Identity[] = []
    const certificates = createCertificates(stateDir, identity, (next) => changes.push(next))
    const [certificate, authorities] = await make(certificates.request().csr)
    expect(() => certificates.install(certificate, authorities)).toThrow(reason)
    expect(changes).toEqual([])
    expect(readIdentity(stateDir)).toEqual(identity)
    expect(readPendingKey(stateDir)).not.toBeNull()
  })

  test('nothing can be installed that was not asked for', async () => {
    const certificates = createCertificates(stateDir, identity, () => {})
    const uninvited = await fleet.issue(hostWishes(HOST))
    expect(() => certificates.install(uninvited.certificate, fleet.certificate)).toThrow(/ask for a request first/)
  })
})

test('a controller identity of another installation is refused', async () => {
  const foreign = { ...identity, controllerIdentity: controllerIdentity('elsewhere') }
  expect(() => checkHostCertificate(foreign, createPrivateKey(identity.key))).toThrow(/not of its own installation/)
})
