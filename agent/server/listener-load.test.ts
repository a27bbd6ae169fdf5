import { connect as connectTcp, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Listener, listen } from '@/agent/server/listener'
import { createLog } from '@/lib/log'
import { AGENT_LIMITS } from '@/lib/server/limits'
import { asClient, GET, roundTrip, setUpListener } from '@/testing/agent/test-listener'

/** That nobody, however many and however slow, keeps an agent from its controller. */

const rig = setUpListener()

describe('a client that takes its time is cut off, and others do not notice', () => {
  let patient: Listener
  beforeAll(async () => {
    patient = await listen({
      host: '127.0.0.1',
      port: 0,
      tls: rig.material,
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
    const socket = await rig.open({ ...asClient(rig.controller), port: patient.port })
    socket.on('error', () => {})
    const closed = whenClosed(socket)
    const drip = setInterval(() => socket.write('X'), 20)
    expect(await rig.ask(asClient(rig.controller), { port: patient.port })).toBe('hello')
    await closed
    clearInterval(drip)
  })

  test('one that promises a body and sends it byte by byte', async () => {
    const socket = await rig.open({ ...asClient(rig.controller), port: patient.port })
    socket.on('error', () => {})
    const closed = whenClosed(socket)
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n')
    const drip = setInterval(() => socket.write('X'), 20)
    await closed
    clearInterval(drip)
  })

  test('one that stays after its answer', async () => {
    const socket = await rig.open({ ...asClient(rig.controller), port: patient.port })
    const closed = whenClosed(socket)
    expect(await roundTrip(socket, GET)).toContain('hello')
    await closed
  })
})

test('silent connections and strangers, however many, keep no controller out', async () => {
  const before = await rig.open(asClient(rig.controller))
  expect(await roundTrip(before, GET)).toContain('hello')
  // One that has shown who it is and asks nothing yet.
  const quiet = await rig.open(asClient(rig.controller))
  const silent = Array.from({ length: 520 }, () => connectTcp(rig.listener.port, '127.0.0.1').on('error', () => {}))
  try {
    await Promise.all(silent.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    const strangers = Array.from({ length: 40 }, () => rig.ask({}))
    // One that comes now, all of its lanes, and one that was there before.
    const answers = await Promise.all(Array.from({ length: 12 }, () => rig.ask(asClient(rig.controller))))
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
    listen({
      host: '127.0.0.1',
      port: rig.listener.port,
      tls: rig.material,
      log: createLog('test', 'error'),
      onRequest() {},
    }),
  ).rejects.toThrow(/is in use by another program/)
})

describe('an agent that strangers knock at', () => {
  test('logs five hundred bare connections in two lines, and goes on serving', async () => {
    const lines: string[] = []
    const own = await listen({
      host: '127.0.0.1',
      port: 0,
      tls: rig.material,
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
    expect(await rig.ask(asClient(rig.controller), { port: own.port })).toBe('hello')
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
    const socket = await rig.open({ ...asClient(rig.controller) })
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
