import { request as httpsRequest, type RequestOptions } from 'node:https'
import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Listener, listen, type TlsMaterial } from '@/agent/server/listener'
import { controllerIdentity, hostIdentity } from '@/lib/agent-protocol/enrollment'
import { createLog } from '@/lib/log'
import { AGENT_LIMITS } from '@/lib/server/limits'
import {
  type CertificateWishes,
  CLIENT_AUTH,
  controllerWishes,
  createTestAuthority,
  hostWishes,
  type IssuedCertificate,
  SERVER_AUTH,
  TEST_INSTALLATION,
  type TestAuthority,
} from '@/testing/certificates'

const HOST = 'hst_00000000000000000000000001'
const ME = controllerIdentity(TEST_INSTALLATION)
const MINUTE = 60_000
let fleet: TestAuthority
let stranger: TestAuthority
let material: TlsMaterial
let listener: Listener
let controller: IssuedCertificate
/** Requests that got past TLS. */
let served = 0
const refusals: string[] = []

beforeAll(async () => {
  fleet = await createTestAuthority()
  stranger = await createTestAuthority()
  const host = await fleet.issue(hostWishes(HOST))
  material = { ...host, authorities: fleet.certificate, controllerIdentity: ME }
  controller = await fleet.issue(controllerWishes())
  listener = await listen({
    host: '127.0.0.1',
    port: 0,
    tls: material,
    log: createLog('test', 'debug', (line) => refusals.push(line)),
    onRequest(_request, response) {
      served++
      response.end('hello')
    },
  })
})
afterAll(() => listener.close(0))

type Presented = { cert?: string; key?: string }

function asClient({ certificate, key }: IssuedCertificate): Presented {
  return { cert: certificate, key }
}

/** The text of one answer, or why there was none. In TLS 1.3 the server refuses after the client thinks that it is connected. */
function ask(presented: Presented, options: RequestOptions = {}, port = listener.port): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const request = httpsRequest({
    host: '127.0.0.1',
    port,
    agent: false,
    ca: fleet.certificate,
    checkServerIdentity: () => undefined,
    ...presented,
    ...options,
  })
  request.on('error', (error: NodeJS.ErrnoException) => resolve(`refused: ${error.code}`))
  request.on('response', (response) => {
    let body = ''
    response.on('data', (chunk) => {
      body += chunk
    })
    response.on('end', () => resolve(body))
  })
  request.end()
  return promise
}

test('the controller is served', async () => {
  expect(await ask(asClient(controller))).toBe('hello')
})

describe('everybody else is refused before HTTP begins', () => {
  const name = (value: string): CertificateWishes => ({ ...controllerWishes(), names: [{ type: 'url', value }] })
  const cases: [string, () => Promise<Presented>][] = [
    ['no certificate', async () => ({})],
    ['a certificate of another CA', async () => asClient(await stranger.issue(controllerWishes()))],
    [
      'a certificate of a CA with the same name',
      async () => asClient(await (await createTestAuthority()).issue(controllerWishes())),
    ],
    [
      'an expired certificate of another CA',
      async () => asClient(await stranger.issue({ ...controllerWishes(), notAfter: new Date(Date.now() - MINUTE) })),
    ],
    [
      'an expired certificate of a host',
      async () => asClient(await fleet.issue({ ...hostWishes('hst_other'), notAfter: new Date(Date.now() - MINUTE) })),
    ],
    [
      'a certificate for servers that is not valid yet',
      async () =>
        asClient(
          await fleet.issue({
            ...controllerWishes(),
            usages: [SERVER_AUTH],
            notBefore: new Date(Date.now() + 10 * MINUTE),
          }),
        ),
    ],
    [
      'a certificate for servers',
      async () => asClient(await fleet.issue({ ...controllerWishes(), usages: [SERVER_AUTH] })),
    ],
    ['a certificate without a purpose', async () => asClient(await fleet.issue({ ...controllerWishes(), usages: [] }))],
    [
      'a certificate for e-mail',
      async () => asClient(await fleet.issue({ ...controllerWishes(), usages: ['1.3.6.1.5.5.7.3.4'] })),
    ],
    ["another host's certificate", async () => asClient(await fleet.issue(hostWishes('hst_other')))],
    [
      "another host's certificate that is good for clients",
      async () => asClient(await fleet.issue({ ...hostWishes('hst_other'), usages: [CLIENT_AUTH, SERVER_AUTH] })),
    ],
    ['its own certificate', async () => ({ cert: material.certificate, key: material.key })],
    ['a common name only', async () => asClient(await fleet.issue({ commonName: ME, usages: [CLIENT_AUTH] }))],
    ['the controller of another installation', async () => asClient(await fleet.issue(controllerWishes('elsewhere')))],
    ['a wildcard', async () => asClient(await fleet.issue(name(`spiffe://${TEST_INSTALLATION}/*`)))],
    ['a wildcard installation', async () => asClient(await fleet.issue(name('spiffe://*/controller')))],
    ['a longer name', async () => asClient(await fleet.issue(name(`${ME}/x`)))],
    ['a shorter name', async () => asClient(await fleet.issue(name(ME.slice(0, -1))))],
    ['a name in capitals', async () => asClient(await fleet.issue(name(ME.toUpperCase())))],
    ['a trailing dot', async () => asClient(await fleet.issue(name(`${ME}.`)))],
    ['a trailing slash', async () => asClient(await fleet.issue(name(`${ME}/`)))],
    ['a percent escape', async () => asClient(await fleet.issue(name(ME.replace('controller', 'c%6fntroller'))))],
    ['a unicode dot', async () => asClient(await fleet.issue(name(`spiffe://test-installation%EF%BC%8E/controller`)))],
    ['a comma that pretends to be two names', async () => asClient(await fleet.issue(name(`x:a, URI:${ME}`)))],
    ['a name with a query', async () => asClient(await fleet.issue(name(`${ME}?`)))],
    [
      'the controller and somebody else',
      async () =>
        asClient(
          await fleet.issue({
            ...controllerWishes(),
            names: [
              { type: 'url', value: ME },
              { type: 'url', value: hostIdentity(TEST_INSTALLATION, HOST) },
            ],
          }),
        ),
    ],
    [
      'the name as DNS name',
      async () => asClient(await fleet.issue({ ...controllerWishes(), names: [{ type: 'dns', value: ME }] })),
    ],
    [
      'a DNS name and an address',
      async () =>
        asClient(
          await fleet.issue({
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
      async () => asClient(await fleet.issue({ ...controllerWishes(), isAuthority: true })),
    ],
    [
      'a certificate issued by a host',
      async () => {
        const leaf = await stranger.issue(controllerWishes())
        return { cert: leaf.certificate + material.certificate + fleet.certificate, key: leaf.key }
      },
    ],
    ["somebody else's key", async () => ({ cert: controller.certificate, key: (await fleet.issue()).key })],
  ]
  test.each(cases)('%s', async (_what, present) => {
    const before = served
    let outcome: string
    try {
      outcome = await ask(await present())
    } catch (error) {
      // A key that does not fit the certificate does not even leave the client.
      outcome = `refused: ${(error as NodeJS.ErrnoException).code}`
    }
    expect(outcome).toMatch(/^refused: /)
    expect(served).toBe(before)
  })

  test.each(['TLSv1.2', 'TLSv1.1'] as const)('the controller over %s', async (version) => {
    expect(await ask(asClient(controller), { minVersion: 'TLSv1', maxVersion: version })).toMatch(/^refused: /)
  })

  test('plain HTTP', async () => {
    const before = served
    const socket = connectTcp(listener.port, '127.0.0.1')
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
    expect(served).toBe(before)
  })

  test('and the log says who and why, without a certificate or key in it', () => {
    const text = refusals.join('')
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
    const before = served
    const answer = await ask(asClient(await fleet.issue({ ...controllerWishes(), ...dates })))
    expect(served).toBe(before)
    const { error } = JSON.parse(answer)
    expect(error).toMatchObject({ code: 'host_unreachable', details: { reason: 'clock' } })
    expect(error.message).toMatch(expected)
    expect(error.message).toContain('NTP')
    expect(refusals.at(-1)).toContain('NTP')
  })

  test('it is not served on the same connection afterwards either', async () => {
    const before = served
    const late = await fleet.issue({ ...controllerWishes(), notAfter: new Date(Date.now() - MINUTE) })
    const socket = await open(asClient(late))
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    const poll = setInterval(() => socket.writable && socket.write(GET), 20)
    await closed
    clearInterval(poll)
    expect(served).toBe(before)
  })
})

function open(options: ConnectionOptions): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>()
  const socket = connect({
    host: '127.0.0.1',
    port: listener.port,
    ca: fleet.certificate,
    checkServerIdentity: () => undefined,
    ...options,
  })
  socket.once('secureConnect', () => resolve(socket))
  socket.once('error', reject)
  return promise
}

function roundTrip(socket: TLSSocket, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
      if (answer.includes('hello')) resolve(answer)
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', () => {})
    socket.write(text)
  })
}

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

test('a session is never resumed: without the certificate there is no way back in', async () => {
  const sessions: Buffer[] = []
  const first = await open(asClient(controller))
  first.on('session', (session) => sessions.push(session))
  expect(await roundTrip(first, GET)).toContain('hello')
  first.destroy()
  const before = served
  const again = await open({ session: sessions.at(-1) ?? first.getSession() ?? Buffer.alloc(0) })
  expect(again.isSessionReused()).toBe(false)
  expect(await roundTrip(again, GET)).toBe('')
  expect(served).toBe(before)
})

test('a connection ends with the certificate that opened it', async () => {
  const brief = await fleet.issue({
    ...controllerWishes(),
    notAfter: new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000),
  })
  const socket = await open(asClient(brief))
  expect(await roundTrip(socket, GET)).toContain('hello')
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const poll = setInterval(() => socket.write(GET), 50)
  await closed
  clearInterval(poll)
  await expect(ask(asClient(brief))).resolves.toContain('was valid until')
})

test('a new certificate is used at once, and the CA is replaced with it', async () => {
  const next = await stranger.issue(hostWishes(HOST))
  const ours = await listen({
    host: '127.0.0.1',
    port: 0,
    tls: material,
    log: createLog('test', 'error'),
    onRequest: (_request, response) => void response.end('hello'),
  })
  try {
    expect(await ask(asClient(controller), {}, ours.port)).toBe('hello')
    ours.replaceTls({ ...next, authorities: fleet.certificate + stranger.certificate, controllerIdentity: ME })
    expect(await ask(asClient(controller), {}, ours.port)).toMatch(/^refused: /)
    const both = { ca: fleet.certificate + stranger.certificate }
    expect(await ask(asClient(controller), both, ours.port)).toBe('hello')
    ours.replaceTls({ ...next, authorities: stranger.certificate, controllerIdentity: ME })
    expect(await ask(asClient(controller), both, ours.port)).toMatch(/^refused: /)
    expect(await ask(asClient(await stranger.issue(controllerWishes())), both, ours.port)).toBe('hello')
  } finally {
    await ours.close(0)
  }
})

describe('a client that takes its time is cut off, and others do not notice', () => {
  let patient: Listener
  beforeAll(async () => {
    patient = await listen({
      host: '127.0.0.1',
      port: 0,
      tls: material,
      log: createLog('test', 'error', () => {}),
      handshakeMs: 200,
      limits: { ...AGENT_LIMITS, headerMs: 200, requestMs: 400, idleMs: 200, checkMs: 50 },
      onRequest(request, response) {
        request.resume()
        request.on('end', () => response.end('hello'))
      },
    })
  })
  afterAll(() => patient.close(0))

  const whenClosed = (socket: { once(event: 'close', listener: () => void): unknown }) =>
    new Promise<void>((resolve) => socket.once('close', resolve))

  test('one that never says hello', async () => {
    await whenClosed(connectTcp(patient.port, '127.0.0.1').on('error', () => {}))
  })

  test('one that sends its header byte by byte, while another is served', async () => {
    const socket = await open({ ...asClient(controller), port: patient.port })
    socket.on('error', () => {})
    const closed = whenClosed(socket)
    const drip = setInterval(() => socket.write('X'), 20)
    expect(await ask(asClient(controller), {}, patient.port)).toBe('hello')
    await closed
    clearInterval(drip)
  })

  test('one that promises a body and sends it byte by byte', async () => {
    const socket = await open({ ...asClient(controller), port: patient.port })
    socket.on('error', () => {})
    const closed = whenClosed(socket)
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n')
    const drip = setInterval(() => socket.write('X'), 20)
    await closed
    clearInterval(drip)
  })

  test('one that stays after its answer', async () => {
    const socket = await open({ ...asClient(controller), port: patient.port })
    const closed = whenClosed(socket)
    expect(await roundTrip(socket, GET)).toContain('hello')
    await closed
  })
})

test('silent connections and strangers, however many, keep no controller out', async () => {
  const before = await open(asClient(controller))
  expect(await roundTrip(before, GET)).toContain('hello')
  // One that has shown who it is and asks nothing yet.
  const quiet = await open(asClient(controller))
  const silent = Array.from({ length: 520 }, () => connectTcp(listener.port, '127.0.0.1').on('error', () => {}))
  try {
    await Promise.all(silent.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    const strangers = Array.from({ length: 40 }, () => ask({}))
    // One that comes now, all of its lanes, and one that was there before.
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(asClient(controller))))
    expect(answers).toEqual(Array.from({ length: 12 }, () => 'hello'))
    expect(await roundTrip(quiet, GET)).toContain('hello')
    expect(before.destroyed).toBe(false)
    expect(await roundTrip(before, GET)).toContain('hello')
    expect((await Promise.all(strangers)).every((outcome) => outcome.startsWith('refused'))).toBe(true)
    const isClosed = (socket: Socket) =>
      new Promise<void>((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())))
    await Promise.all(silent.slice(0, 520 - AGENT_LIMITS.unproven).map(isClosed))
  } finally {
    for (const socket of silent) socket.destroy()
    before.destroy()
    quiet.destroy()
  }
})

test('a port in use is one sentence', async () => {
  await expect(
    listen({ host: '127.0.0.1', port: listener.port, tls: material, log: createLog('test', 'error'), onRequest() {} }),
  ).rejects.toThrow(/is in use by another program/)
})

describe('an agent that strangers knock at', () => {
  test('logs five hundred bare connections in two lines, and goes on serving', async () => {
    const lines: string[] = []
    const own = await listen({
      host: '127.0.0.1',
      port: 0,
      tls: material,
      log: createLog('test', 'debug', (line) => lines.push(line)),
      onRequest: (_request, response) => response.end('hello'),
    })
    for (let batch = 0; batch < 10; batch++) {
      await Promise.all(
        Array.from({ length: 50 }, () => {
          const { promise, resolve } = Promise.withResolvers<void>()
          const socket = connectTcp(own.port, '127.0.0.1', () => socket.end('GET / HTTP/1.1\r\n\r\n'))
          socket
            .on('error', () => undefined)
            .on('close', () => resolve())
            .resume()
          return promise
        }),
      )
    }
    expect(await ask(asClient(controller), {}, own.port)).toBe('hello')
    await own.close(0)
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join('').length).toBeLessThan(1_000)
    const counts = lines.map((line) => (JSON.parse(line) as { count?: number }).count ?? 1)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500)
  })
})

test.each(['CONNECT x:1', 'BREW /', 'get /', 'PROPFINDX /'])(
  '%s is answered with 405 and what is allowed',
  async (line) => {
    const socket = await open({ ...asClient(controller) })
    const { promise, resolve } = Promise.withResolvers<string>()
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', () => resolve(text)).on('error', () => undefined)
    socket.write(`${line} HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect(await promise).toMatch(/^HTTP\/1\.1 405 [\s\S]*\r\nAllow: GET, POST, PUT\r\n/)
  },
)
