import { connect as connectTcp } from 'node:net'
import { describe, expect, test } from 'vitest'
import { listen } from '@/agent/server/listener'
import { hostIdentity } from '@/lib/agent-protocol/enrollment'
import { createLog } from '@/lib/log'
import {
  asClient,
  CONTROLLER,
  GET,
  LISTENING_HOST,
  type Presented,
  roundTrip,
  setUpListener,
} from '@/testing/agent/test-listener'
import {
  type CertificateWishes,
  CLIENT_AUTH,
  controllerWishes,
  createTestAuthority,
  hostWishes,
  SERVER_AUTH,
  TEST_INSTALLATION,
} from '@/testing/certificates'

/** Whom an agent listens to. */

const MINUTE = 60_000
const rig = setUpListener()

test('the controller is served', async () => {
  expect(await rig.ask(asClient(rig.controller))).toBe('hello')
})

describe('everybody else is refused before HTTP begins', () => {
  const name = (value: string): CertificateWishes => ({ ...controllerWishes(), names: [{ type: 'url', value }] })
  const cases: [string, () => Promise<Presented>][] = [
    ['no certificate', async () => ({})],
    ['a certificate of another CA', async () => asClient(await rig.stranger.issue(controllerWishes()))],
    [
      'a certificate of a CA with the same name',
      async () => asClient(await (await createTestAuthority()).issue(controllerWishes())),
    ],
    [
      'an expired certificate of another CA',
      async () =>
        asClient(await rig.stranger.issue({ ...controllerWishes(), notAfter: new Date(Date.now() - MINUTE) })),
    ],
    [
      'an expired certificate of a host',
      async () =>
        asClient(await rig.fleet.issue({ ...hostWishes('hst_other'), notAfter: new Date(Date.now() - MINUTE) })),
    ],
    [
      'a certificate for servers that is not valid yet',
      async () =>
        asClient(
          await rig.fleet.issue({
            ...controllerWishes(),
            usages: [SERVER_AUTH],
            notBefore: new Date(Date.now() + 10 * MINUTE),
          }),
        ),
    ],
    [
      'a certificate for servers',
      async () => asClient(await rig.fleet.issue({ ...controllerWishes(), usages: [SERVER_AUTH] })),
    ],
    [
      'a certificate without a purpose',
      async () => asClient(await rig.fleet.issue({ ...controllerWishes(), usages: [] })),
    ],
    [
      'a certificate for e-mail',
      async () => asClient(await rig.fleet.issue({ ...controllerWishes(), usages: ['1.3.6.1.5.5.7.3.4'] })),
    ],
    ["another host's certificate", async () => asClient(await rig.fleet.issue(hostWishes('hst_other')))],
    [
      "another host's certificate that is good for clients",
      async () => asClient(await rig.fleet.issue({ ...hostWishes('hst_other'), usages: [CLIENT_AUTH, SERVER_AUTH] })),
    ],
    ['its own certificate', async () => ({ cert: rig.material.certificate, key: rig.material.key })],
    [
      'a common name only',
      async () => asClient(await rig.fleet.issue({ commonName: CONTROLLER, usages: [CLIENT_AUTH] })),
    ],
    [
      'the controller of another installation',
      async () => asClient(await rig.fleet.issue(controllerWishes('elsewhere'))),
    ],
    ['a wildcard', async () => asClient(await rig.fleet.issue(name(`spiffe://${TEST_INSTALLATION}/*`)))],
    ['a wildcard installation', async () => asClient(await rig.fleet.issue(name('spiffe://*/controller')))],
    ['a longer name', async () => asClient(await rig.fleet.issue(name(`${CONTROLLER}/x`)))],
    ['a shorter name', async () => asClient(await rig.fleet.issue(name(CONTROLLER.slice(0, -1))))],
    ['a name in capitals', async () => asClient(await rig.fleet.issue(name(CONTROLLER.toUpperCase())))],
    ['a trailing dot', async () => asClient(await rig.fleet.issue(name(`${CONTROLLER}.`)))],
    ['a trailing slash', async () => asClient(await rig.fleet.issue(name(`${CONTROLLER}/`)))],
    [
      'a percent escape',
      async () => asClient(await rig.fleet.issue(name(CONTROLLER.replace('controller', 'c%6fntroller')))),
    ],
    [
      'a unicode dot',
      async () => asClient(await rig.fleet.issue(name(`spiffe://test-installation%EF%BC%8E/controller`))),
    ],
    [
      'a comma that pretends to be two names',
      async () => asClient(await rig.fleet.issue(name(`x:a, URI:${CONTROLLER}`))),
    ],
    ['a name with a query', async () => asClient(await rig.fleet.issue(name(`${CONTROLLER}?`)))],
    [
      'the controller and somebody else',
      async () =>
        asClient(
          await rig.fleet.issue({
            ...controllerWishes(),
            names: [
              { type: 'url', value: CONTROLLER },
              { type: 'url', value: hostIdentity(TEST_INSTALLATION, LISTENING_HOST) },
            ],
          }),
        ),
    ],
    [
      'the name as DNS name',
      async () =>
        asClient(await rig.fleet.issue({ ...controllerWishes(), names: [{ type: 'dns', value: CONTROLLER }] })),
    ],
    [
      'a DNS name and an address',
      async () =>
        asClient(
          await rig.fleet.issue({
            ...controllerWishes(),
            names: [
              { type: 'dns', value: 'controller' },
              { type: 'ip', value: '127.0.0.1' },
            ],
          }),
        ),
    ],
    [
      'a certificate that is a CA',
      async () => asClient(await rig.fleet.issue({ ...controllerWishes(), isAuthority: true })),
    ],
    [
      'a certificate issued by a host',
      async () => {
        const leaf = await rig.stranger.issue(controllerWishes())
        return { cert: leaf.certificate + rig.material.certificate + rig.fleet.certificate, key: leaf.key }
      },
    ],
    ["somebody else's key", async () => ({ cert: rig.controller.certificate, key: (await rig.fleet.issue()).key })],
  ]
  test.each(cases)('%s', async (_what, present) => {
    const before = rig.served
    let outcome: string
    try {
      outcome = await rig.ask(await present())
    } catch (error) {
      // A key that does not fit the certificate does not even leave the client.
      outcome = `refused: ${(error as NodeJS.ErrnoException).code}`
    }
    expect(outcome).toMatch(/^refused: /)
    expect(rig.served).toBe(before)
  })

  test.each(['TLSv1.2', 'TLSv1.1'] as const)('the controller over %s', async (version) => {
    expect(await rig.ask(asClient(rig.controller), { minVersion: 'TLSv1', maxVersion: version })).toMatch(/^refused: /)
  })

  test('plain HTTP', async () => {
    const before = rig.served
    const socket = connectTcp(rig.listener.port, '127.0.0.1')
    socket.write('GET /v1/info HTTP/1.1\r\nHost: x\r\n\r\n')
    const answer = await new Promise<string>((resolve) => {
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('error', () => resolve(text))
      socket.on('close', () => resolve(text))
    })
    expect(answer).not.toContain('hello')
    expect(rig.served).toBe(before)
  })

  test('and the log says who and why, without a certificate or key in it', () => {
    const text = rig.refusals.join('')
    expect(text).toContain('certificate of somebody else')
    expect(text).not.toContain('PRIVATE KEY')
  })
})

describe('the controller with a certificate that does not hold now', () => {
  test.each([
    [
      'expired',
      { notAfter: new Date(Date.now() - 20 * MINUTE) },
      /was valid until (\S+), and .* says (\S+), 20 min later/,
    ],
    [
      'not valid yet',
      { notBefore: new Date(Date.now() + 10 * MINUTE) },
      /valid from (\S+) on, and .* says (\S+), (9|10|5\d\d).* earlier/,
    ],
  ])('%s: it is told the two times and the cure, and is not served', async (_what, dates, expected) => {
    const before = rig.served
    const answer = await rig.ask(asClient(await rig.fleet.issue({ ...controllerWishes(), ...dates })))
    expect(rig.served).toBe(before)
    const { error } = JSON.parse(answer)
    expect(error).toMatchObject({ code: 'host_unreachable', details: { reason: 'clock' } })
    expect(error.message).toMatch(expected)
    expect(error.message).toContain('NTP')
    expect(rig.refusals.at(-1)).toContain('NTP')
  })

  test('it is not served on the same connection afterwards either', async () => {
    const before = rig.served
    const late = await rig.fleet.issue({ ...controllerWishes(), notAfter: new Date(Date.now() - MINUTE) })
    const socket = await rig.open(asClient(late))
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    const poll = setInterval(() => socket.writable && socket.write(GET), 20)
    await closed
    clearInterval(poll)
    expect(rig.served).toBe(before)
  })
})

test('a session is never resumed: without the certificate there is no way back in', async () => {
  const sessions: Buffer[] = []
  const first = await rig.open(asClient(rig.controller))
  first.on('session', (session) => sessions.push(session))
  expect(await roundTrip(first, GET)).toContain('hello')
  first.destroy()
  const before = rig.served
  const again = await rig.open({ session: sessions.at(-1) ?? first.getSession() ?? Buffer.alloc(0) })
  expect(again.isSessionReused()).toBe(false)
  expect(await roundTrip(again, GET)).toBe('')
  expect(rig.served).toBe(before)
})

test('a connection ends with the certificate that opened it', async () => {
  const brief = await rig.fleet.issue({
    ...controllerWishes(),
    notAfter: new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000),
  })
  const socket = await rig.open(asClient(brief))
  expect(await roundTrip(socket, GET)).toContain('hello')
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const poll = setInterval(() => socket.write(GET), 50)
  await closed
  clearInterval(poll)
  await expect(rig.ask(asClient(brief))).resolves.toContain('was valid until')
})

test('a new certificate is used at once, and the CA is replaced with it', async () => {
  const next = await rig.stranger.issue(hostWishes(LISTENING_HOST))
  const ours = await listen({
    host: '127.0.0.1',
    port: 0,
    tls: rig.material,
    log: createLog('test', 'error'),
    onRequest: (_request, response) => void response.end('hello'),
  })
  try {
    expect(await rig.ask(asClient(rig.controller), { port: ours.port })).toBe('hello')
    ours.replaceTls({
      ...next,
      authorities: rig.fleet.certificate + rig.stranger.certificate,
      controllerIdentity: CONTROLLER,
    })
    expect(await rig.ask(asClient(rig.controller), { port: ours.port })).toMatch(/^refused: /)
    const both = { ca: rig.fleet.certificate + rig.stranger.certificate }
    expect(await rig.ask(asClient(rig.controller), { ...both, port: ours.port })).toBe('hello')
    ours.replaceTls({ ...next, authorities: rig.stranger.certificate, controllerIdentity: CONTROLLER })
    expect(await rig.ask(asClient(rig.controller), { ...both, port: ours.port })).toMatch(/^refused: /)
    expect(await rig.ask(asClient(await rig.stranger.issue(controllerWishes())), { ...both, port: ours.port })).toBe(
      'hello',
    )
  } finally {
    await ours.close(0)
  }
})
