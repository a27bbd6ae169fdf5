import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CookieBrowser } from '@/e2e/support/cookie-browser'
import { Product, until } from '@/e2e/support/product'

let product: Product
let web: number
const MIB = 1024 * 1024

beforeAll(async () => {
  product = await Product.create()
  expect((await product.start()).code).toBe(0)
  web = await product.pid('web')
  // The first of each loads code; that is not what is measured.
  for (const path of ['/sign-in', '/api/auth/csrf', '/api/health/ready']) await fetch(`${product.url}${path}`)
})
afterAll(() => product?.dispose())

/** Memory of the web process in bytes. */
async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${web}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}

/** Sends a body without an end until the server closes; says what was answered and how much was sent. */
async function sendWithoutEnd(path: string, limit: number): Promise<{ answer: string; sent: number }> {
  const socket = connect(product.port, '127.0.0.1')
  let answer = ''
  let sent = 0
  let isOpen = true
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  void closed.then(() => {
    isOpen = false
  })
  const data = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MIB, 'a'), Buffer.from('\r\n')])
  socket.write(
    [
      `POST ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${product.port}`,
      `Origin: ${product.url}`,
      'Content-Type: application/x-www-form-urlencoded',
      'Transfer-Encoding: chunked',
      '\r\n',
    ].join('\r\n'),
  )
  const send = () => {
    while (isOpen && sent < limit) {
      sent += MIB
      if (!socket.write(data)) {
        socket.once('drain', send)
        return
      }
    }
    if (isOpen) socket.end('0\r\n\r\n')
  }
  send()
  await closed
  return { answer, sent }
}

test('600 MB in chunks, to every kind of path, are refused early and take no memory', async () => {
  const before = await residentBytes()
  const paths = [
    '/api/auth/callback/credentials',
    '/api/v1/setup',
    '/api/v1/storage/import',
    '/api/v1/storage/import-rclone',
    '/api/health/ready',
    '/sign-in',
    '/_next/static/none.js',
    '/nothing/at/all',
  ]
  for (const path of paths) {
    const { answer, sent } = await sendWithoutEnd(path, 600 * MIB)
    expect(answer, path).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"payload_too_large"/)
    expect(sent, path).toBeLessThan(600 * MIB)
  }
  const all = await Promise.all(Array.from({ length: 20 }, () => sendWithoutEnd(paths[0] ?? '', 60 * MIB)))
  expect(all.every(({ answer }) => answer.includes('413'))).toBe(true)
  expect((await residentBytes()) - before).toBeLessThan(150 * MIB)
  expect((await fetch(`${product.url}/api/health/ready`)).status).toBe(200)
})

test('silent connections beyond every number shut nobody out and leave no stack trace', async () => {
  const sockets: Socket[] = []
  for (let i = 0; i < 700; i++) sockets.push(connect(product.port, '127.0.0.1').on('error', () => {}))
  // The oldest were given up for the newest.
  await until('some are closed', () => sockets.filter((socket) => socket.closed).length >= 100 || undefined)
  expect((await fetch(`${product.url}/api/health/live`)).status).toBe(200)
  for (const socket of sockets) socket.destroy()
  expect(await product.log('web')).not.toMatch(/\s+at .*\(/)
})

test('a body that passes reaches its route as it was sent', async () => {
  await product.signIn()
  const config = `[minio]\ntype = s3\nprovider = Minio\nendpoint = http://198.51.100.7:9000\n${`# ${'x'.repeat(97)}\n`.repeat(8_000)}`
  const answer = await product.request('POST', '/api/storage/import-rclone', { config, dry_run: true })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
})

test('wrong passwords lock out a stranger, and not a browser in which the account has signed in before', async () => {
  const password = 'correct horse battery'
  await product.cli(['admin', 'create', '--username', 'ada', '--password-stdin'], password)
  const signIn = async (browser: CookieBrowser, given: string) => {
    const { csrfToken } = (await (await browser.fetch(`${product.url}/api/auth/csrf`)).json()) as { csrfToken: string }
    const form = { csrfToken, username: 'ada', password: given, json: 'true' }
    const answer = await browser.fetch(`${product.url}/api/auth/callback/credentials`, form)
    return ((await answer.json()) as { url: string }).url
  }
  const [owner, stranger] = [new CookieBrowser(), new CookieBrowser()]
  expect(await signIn(owner, password)).not.toContain('error')
  expect(owner.jar(product.url).has('holdfast.device')).toBe(true)
  for (let i = 0; i < 5; i++) expect(await signIn(stranger, 'wrong')).toContain('CredentialsSignin')
  expect(await signIn(stranger, password)).toContain('RateLimited')
  expect(await signIn(owner, password)).not.toContain('error')
  expect(stranger.jar(product.url).has('holdfast.device')).toBe(false)
})
