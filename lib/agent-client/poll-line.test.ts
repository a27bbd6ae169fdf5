import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createSecureContext, createServer, type Server, type TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PollLine, readAnswer } from '@/lib/agent-client/poll-line'
import { hostIdentity } from '@/lib/agent-protocol/enrollment'
import { newId } from '@/lib/ids'
import { controllerWishes, createTestAuthority, hostWishes, TEST_INSTALLATION } from '@/testing/certificates'
import { waitFor } from '@/testing/wait'

const answer = (text: string) => readAnswer(Buffer.from(text, 'latin1'))
const WHOLE = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: "a"\r\nContent-Length: 4\r\n\r\nbody'

describe('an answer', () => {
  it('is read when all of it is there, however it came', () => {
    for (let length = 1; length < WHOLE.length; length++) {
      const needed = answer(WHOLE.slice(0, length))
      expect(needed).toBeGreaterThan(length)
      expect(needed).toBeLessThanOrEqual(WHOLE.length)
    }
    expect(answer(WHOLE)).toMatchObject({
      answer: { statusCode: 200, headers: { etag: '"a"' }, body: Buffer.from('body') },
      isLast: false,
    })
    const unchanged = 'HTTP/1.1 304 Not Modified\r\ndate: Tue, 01 Dec 2026 03:00:00 GMT\r\nconnection: Close\r\n\r\n'
    expect(answer(unchanged)).toMatchObject({
      answer: { statusCode: 304, headers: { date: 'Tue, 01 Dec 2026 03:00:00 GMT' }, body: Buffer.alloc(0) },
      isLast: true,
    })
  })

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['more than was announced', `${WHOLE}HTTP/1.1 200 OK`],
    ['a status without a body, with one', 'HTTP/1.1 304 Not Modified\r\n\r\nbody'],
    ['no length', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: 4, 5\r\n\r\nbody'],
    ['a body that is too long', 'HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n'],
    ['pieces', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n'],
    ['a head without an end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}`],
  ])('with %s is none', (_, text) => {
    expect(() => answer(text)).toThrow('does not fit the protocol')
  })
})

describe('a line to a host', () => {
  const hostId = newId('host')
  const lines: PollLine[] = []
  let server: Server
  let serve: (socket: TLSSocket, question: string) => void = () => undefined
  let secureContext: ReturnType<typeof createSecureContext>
  let connections = 0

  beforeAll(async () => {
    const authority = await createTestAuthority()
    const host = await authority.issue(hostWishes(hostId))
    const controller = await authority.issue(controllerWishes())
    secureContext = createSecureContext({
      ca: authority.certificate,
      key: controller.key,
      cert: controller.certificate,
    })
    server = createServer({ key: host.key, cert: host.certificate }, (socket) => {
      connections++
      socket.setEncoding('latin1').on('error', () => undefined)
      socket.on('data', (text) => serve(socket, String(text)))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => {
    for (const line of lines.splice(0)) line.close()
  })
  afterAll(() => server.close())

  const open = (identity = hostIdentity(TEST_INSTALLATION, hostId)) => {
    const line = new PollLine({
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      identity,
      secureContext,
    })
    lines.push(line)
    return line
  }
  const ask = (line: PollLine, headers: Record<string, string> = {}, timeoutMs = 10_000) =>
    line.ask('/v1/status', headers, { timeoutMs, connectTimeoutMs: 5_000 })

  it('asks one question after the other on one connection, and says nothing that could be a second one', async () => {
    const questions: string[] = []
    serve = (socket, question) => {
      questions.push(question)
      // In two pieces.
      socket.write(WHOLE.slice(0, 30))
      setTimeout(() => socket.write(WHOLE.slice(30)), 5)
    }
    const line = open()
    const before = connections
    expect((await ask(line, { 'if-none-match': '"a"', 'x-known': 'a\r\nGET /v1/info HTTP/1.1\r\n' })).statusCode).toBe(
      200,
    )
    expect((await ask(line)).body.toString()).toBe('body')
    expect(connections - before).toBe(1)
    const { port } = server.address() as AddressInfo
    expect(questions).toEqual([
      `GET /v1/status HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nif-none-match: "a"\r\n\r\n`,
      `GET /v1/status HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`,
    ])
    expect(line.isFree).toBe(true)
  })

  it('ends after an answer that says so, after one that is none, and after words that nobody asked for', async () => {
    serve = (socket) => socket.write(WHOLE.replace('ETag: "a"', 'Connection: close'))
    const last = open()
    expect((await ask(last)).statusCode).toBe(200)
    expect(last.isFree).toBe(false)
    serve = (socket) => socket.write('nonsense\r\n\r\n')
    const strange = open()
    await expect(ask(strange)).rejects.toThrow('does not fit the protocol')
    expect(strange.isFree).toBe(false)
    let talker: TLSSocket | undefined
    serve = (socket) => {
      talker = socket
      socket.write(WHOLE)
    }
    const line = open()
    await ask(line)
    talker?.write(WHOLE)
    await waitFor('the line to end', () => !line.isFree)
  })

  it('tells a host that is silent, one that hung up, and one that had hung up before', async () => {
    serve = () => undefined
    await expect(ask(open(), {}, 50)).rejects.toMatchObject({ reason: 'timeout', stale: false })
    serve = (socket) => socket.destroy()
    await expect(ask(open())).rejects.toMatchObject({ reason: 'lost', stale: false })
    serve = (socket) => socket.write(WHOLE)
    const line = open()
    await ask(line)
    serve = (socket) => socket.destroy()
    await expect(ask(line)).rejects.toMatchObject({ reason: 'lost', stale: true })
    // What began to answer has seen the question.
    serve = (socket) => socket.end(WHOLE.slice(0, 50))
    await expect(ask(open())).rejects.toMatchObject({ reason: 'lost', stale: false })
  })

  it('says nothing to a host with another name', async () => {
    let heard = ''
    serve = (_, question) => (heard += question)
    await expect(ask(open(hostIdentity(TEST_INSTALLATION, newId('host'))))).rejects.toMatchObject({
      reason: 'identity',
    })
    expect(heard).toBe('')
  })
})
