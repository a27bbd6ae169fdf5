import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { problemOf } from '@/lib/http/problem'
import { createLog } from '@/lib/log'
import { guard, serverOptions } from '@/lib/server/guard'
import { WEB_LIMITS } from '@/lib/server/limits'
import { Refusals } from '@/lib/server/refusals'
import { refuseOdd, WEB_METHODS } from '@/lib/web/odd-requests'

let server: Server
const lines: string[] = []
beforeAll(async () => {
  const refusals = new Refusals(createLog('test', 'info', (line) => lines.push(line)))
  // One test waits for the end of a request that never ends.
  const limits = { ...WEB_LIMITS, headerBytes: 4096, headerMs: 2_000, requestMs: 2_000, checkMs: 200 }
  server = createServer(serverOptions(limits))
  guard(server, {
    limits,
    methods: WEB_METHODS,
    describe: (error) => ({ type: 'application/problem+json', text: JSON.stringify(problemOf(error, 'req_test')) }),
    onRefused: (refusal, from) => refusals.note(refusal, from),
    onRequest: (request, response) => {
      if (refuseOdd(request, response, refusals)) return
      // A half-written answer, which nothing may be added to.
      if (request.url === '/half') response.write('half')
      else response.end(`served ${request.method}`)
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** Everything the server says until it ends the connection. */
function say(...parts: string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
      const next = parts.shift()
      if (next !== undefined) socket.write(next)
    })
    socket.on('close', () => resolve(text)).on('error', () => undefined)
    socket.write(parts.shift() ?? '')
  })
}
const request = (line: string, headers = '') => `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`

describe('a method that nothing here uses', () => {
  it.each(['TRACE /', 'PROPFIND /', 'MKCOL /api/v1/hosts', 'CONNECT x:1', 'BREW /', 'get /', 'X'.repeat(2000)])(
    '%.20s is answered with 405 and what is allowed',
    async (line) => {
      const answer = await say(request(line))
      expect(answer).toMatch(/^HTTP\/1\.1 405 /)
      expect(/^allow: (.*)\r$/im.exec(answer)?.[1]).toBe('GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS')
    },
  )

  it('gets the problem as a body where there is a request to answer', async () => {
    const body = JSON.parse((await say(request('TRACE /'))).split('\r\n\r\n')[1] ?? '')
    expect(body).toMatchObject({ status: 405, code: 'method_not_allowed', recovery: expect.stringContaining('Allow') })
  })

  it('does not leave its body to be taken for the next request', async () => {
    const smuggled = request('GET /smuggled')
    const text = await say(
      `PROPFIND / HTTP/1.1\r\nHost: x\r\nContent-Length: ${smuggled.length + 10}\r\n\r\n`,
      smuggled,
    )
    expect(text).not.toContain('served')
  })

  it('is logged once, however often it comes', async () => {
    lines.length = 0
    for (let i = 0; i < 50; i++) await say(request('TRACE /'))
    expect(lines.length).toBeLessThanOrEqual(1)
  })
})

it.each(['/%', '/%E0%A4%A', '/api/v1/%zz'])('the path %s is a mistake of whoever asks', async (path) => {
  expect(await say(request(`GET ${path}`))).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"invalid_input"/)
})

it.each(['/%25', '/a?x=%', '/%F0%9F%92%BE'])('the path %s goes on', async (path) => {
  expect(await say(request(`GET ${path}`))).toMatch(/^HTTP\/1\.1 200 /)
})

it.each(['*', 'http://elsewhere.test/sign-in', 'http://[::1/x', 'https:x'])(
  'an address that is not a path is a mistake of whoever asks: %s',
  async (target) => {
    for (const method of ['GET', 'OPTIONS', 'POST'])
      expect(await say(request(`${method} ${target}`))).toMatch(/^HTTP\/1\.1 400 /)
  },
)

it.each(WEB_METHODS)('%s goes on to whoever serves it', async (method) => {
  expect(await say(request(`${method} /api/v1/hosts`))).toMatch(/^HTTP\/1\.1 200 /)
})

describe('a page', () => {
  const changing = WEB_METHODS.filter((method) => method !== 'GET' && method !== 'HEAD')
  const pages = [
    ['/', '/sign-in', '/hosts?a=/api/', '/_next/image', '/apiary', '//api/v1/hosts'],
    // The same after Next has taken the dots away.
    ['/api/../sign-in', '/api/%2e%2e/sign-in', '/api/.%2E/', '/api/v1/..\\..\\sign-in'],
  ].flat()

  it.each(pages)('is only read: %s', async (page) => {
    for (const method of changing) {
      const answer = await say(request(`${method} ${page}`))
      expect(answer).toMatch(/^HTTP\/1\.1 405 /)
      expect(/^allow: (.*)\r$/im.exec(answer)?.[1]).toBe('GET, HEAD')
    }
    expect(await say(request(`GET ${page}`))).toMatch(/^HTTP\/1\.1 200 /)
  })
})

it.each([
  ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 405 /],
  ['a line of a wrong version', 'GET / HTTP/9.9\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['headers that are too large', request('GET /', `x: ${'x'.repeat(5000)}\r\n`), /^HTTP\/1\.1 431 /],
])('%s is answered as before', async (_what, text, answer) => {
  expect(await say(text)).toMatch(answer)
})

it('adds nothing to an answer that is half written', async () => {
  expect(await say('GET /half HTTP/1.1\r\nHost: x\r\n\r\n', 'no HTTP\r\n\r\n')).not.toMatch(/HTTP\/1\.1 4/)
})
