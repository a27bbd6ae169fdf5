import { createHash, X509Certificate } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type JoinOptions, joinFleet, parseFingerprint } from '@/agent/identity/join'
import { controllerIdentity, ENROLL_PATH, type EnrollRequest } from '@/lib/agent-protocol/enrollment'
import { HoldfastError } from '@/lib/errors'
import { Secret } from '@/lib/secret'
import {
  CLIENT_AUTH,
  createTestAuthority,
  hostWishes,
  type IssuedCertificate,
  SERVER_AUTH,
  TEST_INSTALLATION,
  type TestAuthority,
} from '@/testing/certificates'
import { type EnrollAnswer, type FakeFleetPort, startFakeFleetPort, welcome } from '@/testing/fake-fleet-port'

const HOST = 'hst_00000000000000000000000001'
const TOKEN = 'not-a-real-token-0123456789'
let fleet: TestAuthority
let stranger: TestAuthority
let leaf: IssuedCertificate
let pin: string
let ports: FakeFleetPort[] = []

function fingerprintOf(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256
}

const AT_LOCALHOST = {
  commonName: 'controller',
  names: [{ type: 'ip' as const, value: '127.0.0.1' }],
  usages: [SERVER_AUTH],
}

beforeAll(async () => {
  fleet = await createTestAuthority()
  stranger = await createTestAuthority()
  leaf = await fleet.issue(AT_LOCALHOST)
  pin = fingerprintOf(fleet.certificate)
})
afterEach(async () => {
  for (const port of ports) await port.close()
  ports = []
})

type Enroll = (request: EnrollRequest) => Promise<EnrollAnswer>

const accept: Enroll = (request) => welcome(fleet, HOST, request)

async function serve(certificate: string, key: string, enroll: Enroll = accept): Promise<string> {
  const port = await startFakeFleetPort({ certificate, key }, enroll)
  ports.push(port)
  return port.url
}

/** What reached any server. The token must not be in it when the server is not the pinned one. */
function bodies(): string[] {
  return ports.flatMap((port) => port.bodies)
}

function options(url: string, change: Partial<JoinOptions> = {}): JoinOptions {
  return { url, token: new Secret(TOKEN), fingerprint: pin, hostname: 'node-1', port: 8443, ...change }
}

test('a host joins: key made here, certificate for that key, token sent once', async () => {
  let seen: EnrollRequest | undefined
  const url = await serve(leaf.certificate + fleet.certificate, leaf.key, (request) => {
    seen = request
    return accept(request)
  })
  const identity = await joinFleet(options(url, { advertise: 'node-1.example.org:9443' }))
  expect(identity).toMatchObject({ hostId: HOST, installationId: TEST_INSTALLATION, controllerUrl: url, port: 8443 })
  expect(seen).toMatchObject({ token: TOKEN, hostname: 'node-1', port: 8443, advertise: 'node-1.example.org:9443' })
  expect(bodies()).toHaveLength(1)
  expect(bodies()[0]).toContain(ENROLL_PATH)
  expect(bodies()[0]).not.toContain('PRIVATE KEY')
  expect(identity.key).toContain('PRIVATE KEY')
})

describe('the token stays here when the server is not the pinned controller', () => {
  const cases: [string, () => Promise<Partial<JoinOptions>>, RegExp][] = [
    [
      'another CA',
      async () => {
        const other = await stranger.issue(AT_LOCALHOST)
        return { url: await serve(other.certificate + stranger.certificate, other.key) }
      },
      /does not show the CA with this fingerprint/,
    ],
    [
      "another CA's leaf beside the right CA",
      async () => {
        const other = await stranger.issue(AT_LOCALHOST)
        return { url: await serve(other.certificate + fleet.certificate, other.key) }
      },
      /fingerprint|not good for this address/,
    ],
    [
      'a certificate of the same CA for another name',
      async () => {
        const other = await fleet.issue({ ...AT_LOCALHOST, names: [{ type: 'dns', value: 'elsewhere.example.org' }] })
        return { url: await serve(other.certificate + fleet.certificate, other.key) }
      },
      /not good for this address/,
    ],
    [
      "a host's certificate",
      async () => {
        const other = await fleet.issue(hostWishes('hst_other'))
        return { url: await serve(other.certificate + fleet.certificate, other.key) }
      },
      /not good for this address/,
    ],
    [
      'an expired certificate',
      async () => {
        const other = await fleet.issue({ ...AT_LOCALHOST, notAfter: new Date(Date.now() - 60_000) })
        return { url: await serve(other.certificate + fleet.certificate, other.key) }
      },
      /certificate of the controller was valid until .*Z, and the clock of this host says .*Z, .*NTP.*token was not sent/,
    ],
    [
      'a certificate for clients',
      async () => {
        const other = await fleet.issue({ ...AT_LOCALHOST, usages: [CLIENT_AUTH] })
        return { url: await serve(other.certificate + fleet.certificate, other.key) }
      },
      /not good for this address/,
    ],
    [
      'a pinned leaf in place of a CA',
      async () => ({
        url: await serve(leaf.certificate + fleet.certificate, leaf.key),
        fingerprint: fingerprintOf(leaf.certificate),
      }),
      /not a CA/,
    ],
    [
      'one digit wrong in the fingerprint',
      async () => ({
        url: await serve(leaf.certificate + fleet.certificate, leaf.key),
        fingerprint: pin.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
      }),
      /does not show the CA/,
    ],
    ['nobody there', async () => ({ url: 'https://127.0.0.1:1' }), /cannot be reached \(ECONNREFUSED\)/],
    ['plain http', async () => ({ url: 'http://127.0.0.1:3001' }), /must look like https/],
    ['a path in the URL', async () => ({ url: 'https://127.0.0.1:3001/api' }), /must look like https/],
    ['a bad fingerprint', async () => ({ url: 'https://127.0.0.1:1', fingerprint: 'abcd' }), /64 hex digits/],
    ['a token that is too short', async () => ({ url: 'https://127.0.0.1:1', token: new Secret('x') }), /token/],
    ['a bad host name', async () => ({ url: 'https://127.0.0.1:1', hostname: '-x' }), /hostname/],
  ]
  test.each(cases)('%s', async (_what, change, message) => {
    const error = await joinFleet(options('https://127.0.0.1:1', await change())).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(HoldfastError)
    expect((error as Error).message).toMatch(message)
    expect((error as Error).message).not.toContain(TOKEN)
    expect(bodies().join()).not.toContain(TOKEN)
  })
})

describe('an answer is checked before anything is stored', () => {
  const sign = (request: EnrollRequest, wishes = hostWishes(HOST)) => fleet.sign(request.csr, wishes)
  const cases: [string, Enroll, RegExp][] = [
    [
      'used token',
      async () => ({ status: 403, body: { error: { code: 'forbidden', message: 'The token is used.' } } }),
      /The token is used/,
    ],
    [
      'expired token',
      async () => ({ status: 403, body: { detail: 'The token has expired.' } }),
      /The token has expired/,
    ],
    ['no reason', async () => ({ status: 500, body: null }), /status 500/],
    ['not the protocol', async () => ({ status: 200, body: { hello: 1 } }), /does not understand/],
    [
      'a certificate for another host',
      async (request) => welcome(fleet, HOST, request, { certificate: await sign(request, hostWishes('hst_other')) }),
      /does not name/,
    ],
    [
      'a certificate for another key',
      async (request) =>
        welcome(fleet, HOST, request, { certificate: (await fleet.issue(hostWishes(HOST))).certificate }),
      /does not belong to the key/,
    ],
    [
      'a certificate of a CA that is not in the bundle',
      async (request) =>
        welcome(fleet, HOST, request, { certificate: await stranger.sign(request.csr, hostWishes(HOST)) }),
      /not signed by a CA/,
    ],
    [
      "somebody else's controller identity",
      async (request) => welcome(fleet, HOST, request, { controllerIdentity: controllerIdentity('elsewhere') }),
      /not of its own installation/,
    ],
  ]
  test.each(cases)('%s', async (_what, enroll, message) => {
    const url = await serve(leaf.certificate + fleet.certificate, leaf.key, enroll)
    await expect(joinFleet(options(url))).rejects.toThrow(message)
  })
})

test('a fingerprint may be written with colons, in small letters, with its algorithm', () => {
  const hex = createHash('sha256').update('x').digest('hex')
  const colons = hex.match(/../g)?.join(':') ?? ''
  for (const form of [hex, hex.toUpperCase(), colons, `sha256:${hex}`, ` SHA256:${colons} `]) {
    expect(parseFingerprint(form)).toBe(hex.toUpperCase())
  }
})
