import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { bodyLimit, guard, type Refusal, serverOptions } from '@/lib/server/guard'
import { type ServerLimits, WEB_LIMITS } from '@/lib/server/limits'
import { acceptUpgrade } from '@/lib/server/upgrades'

/** Small, so that every limit is reached at once. */
const LIMITS: ServerLimits = {
  ...WEB_LIMITS,
  bodyBytes: 10_000,
  largerBodies: { '/large': 40_000 },
  heldBytes: 60_000,
}
const QUICK: ServerLimits = { ...LIMITS, headerMs: 150, requestMs: 300, checkMs: 20 }

let server: Server
let sockets: Socket[] = []
let port = 0
const refusals: Refusal[] = []
/** What reached the handler: path and length of the body. */
let served: string[] = []
/** Paths whose handler answers only when the test says so. */
let letGo: (() => void)[] = []

async function start(limits: ServerLimits = LIMITS): Promise<void> {
  server = createServer(serverOptions(limits, ({ url }) => url === '/becomes-more'))
  guard(server, {
    limits,
    onUpgrade: (_request, socket, head) => {
      acceptUpgrade(socket, 'echo', head)
      socket.pipe(socket)
    },
    methods: ['GET', 'HEAD', 'POST'],
    describe: (error) => ({ type: 'application/problem+json', text: JSON.stringify({ code: error.code }) }),
    onRefused: (refusal) => refusals.push(refusal),
    streams: ({ url }) => url === '/streams' || url === '/streams-unread',
    onRequest: (request, response) => {
      const path = request.url ?? ''
      if (path === '/unread' || path === '/streams-unread') {
        served.push(path)
        response.end('unread')
        return
      }
      let length = 0
      request.on('data', (chunk: Buffer) => {
        length += chunk.length
      })
      request.on('end', () => {
        served.push(`${path} ${length}`)
        if (path === '/waits') letGo.push(() => response.end('late'))
        else response.end(`read ${length}`)
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
  sockets = []
  served = []
  letGo = []
  refusals.length = 0
})

interface Client {
  socket: Socket
  text(): string
  /** Everything that was answered, once the server has closed. */
  closed: Promise<string>
  until(wanted: string): Promise<string>
}

function client(first = ''): Client {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let text = ''
  const listeners = new Set<() => void>()
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    for (const look of listeners) look()
  })
  if (first !== '') socket.write(first)
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)))
  const until = (wanted: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (text.includes(wanted)) resolve(text)
      }
      listeners.add(look)
      void closed.then(() => reject(new Error(`closed without "${wanted}": ${text}`)))
      look()
    })
  return { socket, text: () => text, closed, until }
}

const post = (path: string, headers: string, body = '') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`
const chunk = (data: string) => `${data.length.toString(16)}\r\n${data}\r\n`
const CHUNKED = 'Transfer-Encoding: chunked'

describe('a body', () => {
  it('within the limit arrives whole, with a length, chunked and byte by byte', async () => {
    await start()
    const one = client(post('/a', 'Content-Length: 10000', 'x'.repeat(10_000)))
    await one.until('read 10000')
    const two = client(post('/b', CHUNKED, `${chunk('x'.repeat(9_000))}${chunk('y'.repeat(1_000))}0\r\n\r\n`))
    await two.until('read 10000')
    const three = client(post('/c', CHUNKED))
    for (const letter of 'held back until all is there') three.socket.write(chunk(letter))
    three.socket.write('0\r\n\r\n')
    await three.until('read 28')
    const none = client('GET /d HTTP/1.1\r\nHost: x\r\n\r\n')
    await none.until('read 0')
    expect(served).toEqual(['/a 10000', '/b 10000', '/c 28', '/d 0'])
  })

  it.each([
    ['that says it is too large', post('/a', 'Content-Length: 10001')],
    ['that says so to a path that reads none', post('/unread', 'Content-Length: 99999999')],
    ['without a length', post('/a', CHUNKED, chunk('x'.repeat(10_001)))],
    ['without a length, to a path that reads none', post('/unread', CHUNKED, chunk('x'.repeat(10_001)))],
    ['in many chunks', post('/a', CHUNKED, chunk('x'.repeat(500)).repeat(21))],
    ['of a GET', `GET /a HTTP/1.1\r\nHost: x\r\n${CHUNKED}\r\n\r\n${chunk('x'.repeat(10_001))}`],
    ['of an unknown method', `PURGE /a HTTP/1.1\r\nHost: x\r\n${CHUNKED}\r\n\r\n${chunk('x'.repeat(10_001))}`],
    [
      'beside an upgrade to HTTP/2',
      post('/a', `Upgrade: h2c\r\nConnection: Upgrade\r\n${CHUNKED}`, chunk('x'.repeat(10_001))),
    ],
    ['for a path that looks like the larger one', post('/large/', 'Content-Length: 10001')],
    ['with the larger path in its query', post('/a?/large', 'Content-Length: 10001')],
  ])('%s is refused with 413, and the connection ends', async (_what, text) => {
    await start()
    const answer = await client(text).closed
    expect(answer).toMatch(/^HTTP\/1\.1 413 Payload Too Large\r\n/)
    expect(answer).toContain('Connection: close')
    expect(served).toEqual([])
  })

  it('has its refusal read while the client still sends, and nothing of it is kept', async () => {
    await start()
    const { socket, until, closed } = client(post('/a', CHUNKED))
    const part = chunk('x'.repeat(60_000))
    let isOpen = true
    void closed.then(() => {
      isOpen = false
    })
    const send = () => {
      while (isOpen && socket.write(part)) {}
      if (isOpen) socket.once('drain', send)
    }
    send()
    expect(await until('payload_too_large')).toContain('413')
    await closed
  })

  it('may be larger where that is declared, and there only up to the limit', async () => {
    await start()
    await client(post('/large', 'Content-Length: 40000', 'x'.repeat(40_000))).until('read 40000')
    await client(post('/large?a=b', CHUNKED, `${chunk('x'.repeat(40_000))}0\r\n\r\n`)).until('read 40000')
    expect(await client(post('/large', CHUNKED, chunk('x'.repeat(40_001)))).closed).toContain('413')
  })

  it('has the ordinary limit at a name that every object has', () => {
    expect(bodyLimit(LIMITS, 'constructor')).toBe(10_000)
    expect(bodyLimit(LIMITS, undefined)).toBe(10_000)
  })

  it('is not asked for when it would be too large', async () => {
    await start()
    const refused = client(post('/a', 'Content-Length: 10001\r\nExpect: 100-continue'))
    expect(await refused.closed).toMatch(/^HTTP\/1\.1 413 /)
    const asked = client(post('/large', 'Content-Length: 20000\r\nExpect: 100-continue'))
    await asked.until('100 Continue')
    asked.socket.write('x'.repeat(20_000))
    await asked.until('read 20000')
  })

  it('that never ends is refused with 408', async () => {
    await start(QUICK)
    for (const headers of ['Content-Length: 9000', CHUNKED]) {
      const slow = client(post('/a', headers))
      const drip = setInterval(() => slow.socket.write(headers === CHUNKED ? chunk('x') : 'x'), 20)
      expect(await slow.closed).toMatch(/^HTTP\/1\.1 408 [\s\S]*request_too_slow/)
      clearInterval(drip)
    }
    expect(served).toEqual([])
  })

  it.each([
    ['two lengths', post('/a', 'Content-Length: 5\r\nContent-Length: 6', 'xxxxxx')],
    ['a length and chunks', post('/a', `Content-Length: 5\r\n${CHUNKED}`, 'xxxxx')],
    ['a negative length', post('/a', 'Content-Length: -5', 'xxxxx')],
    ['a length that is no number', post('/a', 'Content-Length: 0x5', 'xxxxx')],
    ['a length beyond all numbers', post('/a', 'Content-Length: 99999999999999999999999')],
    ['a chunk with a length that is none', post('/a', CHUNKED, 'zz\r\n')],
  ])('with %s is refused', async (_what, text) => {
    await start()
    expect(await client(text).closed).toMatch(/^HTTP\/1\.1 (400|413) /)
    expect(served).toEqual([])
  })

  it('with trailers or chunk extensions beyond the header limit is refused', async () => {
    await start()
    const trailers = `${chunk('x')}0\r\n${'X-Trailer: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n'.repeat(600)}\r\n`
    expect(await client(post('/a', CHUNKED, trailers)).closed).toMatch(/^HTTP\/1\.1 431 /)
    const extension = `1;${'x'.repeat(40_000)}\r\nx\r\n0\r\n\r\n`
    expect(await client(post('/a', CHUNKED, extension)).closed).toMatch(/^HTTP\/1\.1 413 /)
    expect(served).toEqual([])
  })

  it('counts with all others that are held: the memory they take has an end, and comes back', async () => {
    await start()
    const open = Array.from({ length: 6 }, () => client(post('/a', 'Content-Length: 10000', 'x'.repeat(9_999))))
    // Nothing else tells that a body has arrived: a seventh is refused as soon as the six are there.
    let refused = ''
    while (!refused.includes('503')) {
      const one = client(post('/a', 'Content-Length: 9999', 'x'.repeat(9_998)))
      refused = await Promise.race([one.closed, new Promise<string>((resolve) => setTimeout(resolve, 50, ''))])
      one.socket.destroy()
    }
    expect(refusals).toContain('memory')
    for (const { socket } of open) socket.write('x')
    await Promise.all(open.map(({ until }) => until('read 10000')))
    const after = Array.from({ length: 6 }, () => client(post('/a', 'Content-Length: 10000', 'x'.repeat(10_000))))
    await Promise.all(after.map(({ until }) => until('read 10000')))
  })

  it('gives its memory back when its sender goes away', async () => {
    await start()
    for (let round = 0; round < 4; round++) {
      const open = Array.from({ length: 5 }, () => client(post('/a', 'Content-Length: 10000', 'x'.repeat(9_999))))
      await Promise.all(open.map(({ socket }) => new Promise<void>((resolve) => socket.end(() => resolve()))))
      for (const { closed } of open) await closed
    }
    await client(post('/a', 'Content-Length: 10000', 'x'.repeat(10_000))).until('read 10000')
  })
})

describe('requests behind one another', () => {
  it('are answered in their order', async () => {
    await start()
    const text = ['/1', '/2', '/3'].map((path) => post(path, 'Content-Length: 3', 'abc')).join('')
    const { until } = client(`${text}GET /4 HTTP/1.1\r\nHost: x\r\n\r\n`)
    await until('read 0')
    expect(served).toEqual(['/1 3', '/2 3', '/3 3', '/4 0'])
  })

  it('do not pile up bodies behind one that is being worked on', async () => {
    await start()
    const big = post('/b', 'Content-Length: 9000', 'x'.repeat(9_000))
    const { closed } = client(post('/waits', 'Content-Length: 1', 'x') + big.repeat(3))
    expect(await closed).not.toContain('read')
    expect(refusals).toEqual(['memory'])
  })

  it('are not read any more after one was refused', async () => {
    await start()
    const { closed } = client(
      `${post('/a', 'Content-Length: 10001', 'x'.repeat(10_001))}GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n`,
    )
    expect(await closed).toContain('413')
    expect(served).toEqual([])
  })

  it('do not mix a refusal into the answer before', async () => {
    await start()
    const { socket, closed } = client(post('/waits', 'Content-Length: 1', 'x'))
    socket.write(post('/b', 'Content-Length: 10001'))
    expect(await closed).toBe('')
    expect(letGo).toHaveLength(1)
  })
})

describe('headers', () => {
  it('that are too large are refused with 431', async () => {
    await start()
    const answer = await client(`GET /a HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`).closed
    expect(answer).toMatch(/^HTTP\/1\.1 431 [\s\S]*headers_too_large/)
  })

  it('that never end are refused with 408, and so is a connection that says nothing', async () => {
    await start({ ...QUICK, requestMs: 60_000 })
    const slow = client('GET /a HTTP/1.1\r\nHost: x\r\n')
    const drip = setInterval(() => slow.socket.write('X: y\r\n'), 20)
    const silent = client()
    expect(await slow.closed).toMatch(/^HTTP\/1\.1 408 /)
    expect(await silent.closed).toMatch(/^HTTP\/1\.1 408 /)
    clearInterval(drip)
  })

  it('offering another protocol are answered as HTTP/1.1', async () => {
    await start()
    const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__'
    expect(await client(`GET /a HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n\r\n`).until('read 0')).toMatch(/^HTTP\/1\.1 200 /)
    const websocket = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x'
    expect(await client(`GET /a HTTP/1.1\r\nHost: x\r\n${websocket}\r\n\r\n`).until('read 0')).toMatch(
      /^HTTP\/1\.1 200 /,
    )
    expect(await client('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n').closed).not.toContain('200')
    expect(await client('CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n').closed).not.toContain('200')
  })
})

describe('connections', () => {
  const GET = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'

  it('that have sent a request are not given up for more than there is room for', async () => {
    await start({ ...LIMITS, connections: 3 })
    const known = [client(GET), client(GET), client(GET)]
    await Promise.all(known.map(({ until }) => until('read 0')))
    expect(await client(GET).closed).toBe('')
    expect(refusals).toEqual(['connections'])
    known[0]?.socket.destroy()
    for (;;) {
      const next = client(GET)
      if ((await Promise.race([next.closed, next.until('read 0').catch(() => '')])).includes('read 0')) break
    }
    expect(known.slice(1).every(({ socket }) => !socket.destroyed)).toBe(true)
  })

  it('that are silent make room, the oldest first', async () => {
    await start({ ...LIMITS, unproven: 3 })
    const silent: Client[] = []
    for (let i = 0; i < 8; i++) {
      const one = client()
      silent.push(one)
      await new Promise((resolve) => one.socket.once('connect', resolve))
    }
    await client(GET).until('read 0')
    await Promise.all(silent.slice(0, 5).map(({ closed }) => closed))
    expect(silent.slice(6).every(({ socket }) => !socket.destroyed)).toBe(true)
  })

  it('of one address have an end of their own', async () => {
    await start({ ...LIMITS, connectionsPerAddress: 2 })
    const known = [client(GET), client(GET)]
    await Promise.all(known.map(({ until }) => until('read 0')))
    expect(await client(GET).closed).toBe('')
    const elsewhere = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' })
    sockets.push(elsewhere)
    elsewhere.write(GET)
    const answer = await new Promise<Buffer>((resolve) => elsewhere.once('data', resolve))
    expect(answer.toString()).toContain('200')
  })
})

describe('a body that is handed on', () => {
  it('may be larger than all limits and take longer, and its first bytes are there at once', async () => {
    await start(QUICK)
    const one = client(post('/streams', 'Content-Length: 200000', 'x'.repeat(100_000)))
    const other = client(post('/held', 'Content-Length: 10', 'slow'))
    // By then the clock of bodies that are held has run out.
    expect(await other.closed).toContain('408')
    one.socket.write('y'.repeat(100_000))
    await one.until('read 200000')
    expect(refusals).toEqual(['slow'])
  })

  it('ends with its connection when nobody reads it', async () => {
    await start()
    const one = client(post('/streams-unread', 'Content-Length: 1000000000', 'x'))
    await one.until('unread')
    await one.closed
  })
})

describe('a connection that becomes something else', () => {
  const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`

  it('has what came behind its request, and no clock of the server any more', async () => {
    await start({ ...QUICK, stalledMs: 100 })
    const one = client(`${ask('/becomes-more')}first`)
    expect(await one.until('first')).toContain('101 Switching Protocols')
    // By then a connection that stays what it is was closed because nothing moved on it.
    await client('GET /waits HTTP/1.1\r\nHost: x\r\n\r\n').closed
    one.socket.write(' and later')
    await one.until('first and later')
  })

  it('does so at paths that are meant for it alone', async () => {
    await start()
    expect(await client(ask('/elsewhere')).until('read 0')).toContain('200')
    expect(served).toEqual(['/elsewhere 0'])
  })
})
