import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { authorization } from '@/lib/drivers/http/client'
import { HttpConfig, HttpSecrets } from '@/lib/drivers/http/config'
import { HTTP_REMOTE, httpDaemon, renderHttpConfig } from '@/lib/drivers/http/rclone'
import { reveal, Secret } from '@/lib/secret'
import { FakeHost } from '@/testing/drivers/fake-host'
import { newRecording, recordingContext } from '@/testing/drivers/recording'

const run = promisify(execFile)
const PASSWORD = 'obviously "fake", secret: 0007'
const KEY = `Basic ${Buffer.from(`reader:${PASSWORD}`).toString('base64')}`

let place: string
let server: Server
let child: ChildProcess | undefined
/** Where the server sends those who ask for `moved.txt`; empty: there is no such file. */
let leadsTo = ''
const seen: string[] = []

beforeEach(async () => {
  leadsTo = ''
  place = mkdtempSync(join(tmpdir(), 'holdfast-http-'))
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization === KEY ? 'signed in' : 'nobody'}`)
    if (request.headers.authorization !== KEY) return response.writeHead(401).end()
    if (request.url === '/files/') {
      response.writeHead(200, { 'content-type': 'text/html' })
      const moved = leadsTo === '' ? '' : '<a href="moved.txt">moved.txt</a>'
      return response.end(`<html><a href="../">../</a><a href="hello%20you.txt">hello you.txt</a>${moved}</html>`)
    }
    if (request.url === '/files/moved.txt') return response.writeHead(302, { location: leadsTo }).end()
    if (request.url !== '/files/hello%20you.txt') return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 5 })
    return response.end(request.method === 'HEAD' ? undefined : 'hello')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  await run('umount', ['-l', join(place, 'mnt')]).catch(() => undefined)
  if (child !== undefined && child.exitCode === null) {
    const ended = new Promise((resolve) => child?.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(place, { recursive: true, force: true })
})

function config(change: Record<string, unknown> = {}): HttpConfig {
  // The form would refuse loopback; the one who tests here is the machine itself.
  const { port } = server.address() as AddressInfo
  const parsed = HttpConfig.parse({
    base_url: 'http://x.example.com',
    auth_method: 'basic',
    username: 'reader',
    ...change,
  })
  return { ...parsed, base_url: `http://127.0.0.1:${port}/files` }
}

describe('the generated rclone.conf', () => {
  it('is read back by rclone with exactly the header that was meant', async () => {
    const printable = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    const passwords = fc.sample(printable, 60).filter((text) => HttpSecrets.shape.password.safeParse(text).success)
    expect(passwords.length).toBeGreaterThan(20)
    for (const password of passwords.slice(0, 20)) {
      const file = join(place, 'rclone.conf')
      const signIn = authorization(config(), { password: new Secret(password) })
      writeFileSync(file, reveal(renderHttpConfig(config(), signIn)))
      const dump: unknown = JSON.parse((await run('rclone', ['config', 'dump', `--config=${file}`])).stdout)
      const header = `Authorization,Basic ${Buffer.from(`reader:${password}`).toString('base64')}`
      expect(dump).toEqual({ holdfast: { type: 'http', url: `${config().base_url}/`, headers: header } })
    }
  })
})

describe('a redirect that rclone follows', () => {
  it('takes no sign-in to another port, name or address', async () => {
    const heard: (string | undefined)[] = []
    const elsewhere = createServer((request, response) => {
      heard.push(request.headers.authorization)
      response.writeHead(200, { 'content-length': 5 }).end(request.method === 'HEAD' ? undefined : 'other')
    })
    await new Promise<void>((resolve) => elsewhere.listen(0, '0.0.0.0', resolve))
    const { port } = elsewhere.address() as AddressInfo
    try {
      const file = join(place, 'rclone.conf')
      const signIn = authorization(config(), { password: new Secret(PASSWORD) })
      writeFileSync(file, reveal(renderHttpConfig(config(), signIn)))
      for (const host of ['127.0.0.1', '127.0.0.2', 'localhost']) {
        leadsTo = `http://${host}:${port}/there.txt`
        const { stdout } = await run('rclone', [`--config=${file}`, 'cat', `${HTTP_REMOTE}moved.txt`])
        expect(stdout).toBe('other')
      }
      expect(heard.length).toBeGreaterThanOrEqual(3)
      expect(heard.filter((header) => header !== undefined)).toEqual([])
      expect(seen.filter((request) => request.includes('moved') && request.endsWith('signed in'))).not.toEqual([])
    } finally {
      elsewhere.closeAllConnections()
      await new Promise((resolve) => elsewhere.close(resolve))
    }
  })
})

describe('rclone mount', () => {
  it('signs in, lists, reads, and neither writes nor shows the password to anyone', async () => {
    const host = new FakeHost()
    const target = join(place, 'mnt')
    mkdirSync(target)
    mkdirSync(join(place, 'cache'))
    Object.assign(host.fuse, { paths: () => ({ directory: place, socket: '', cache: join(place, 'cache') }) })
    const signIn = authorization(config(), { password: new Secret(PASSWORD) })
    const context = recordingContext(host, newRecording(), 10_000)
    const daemon = httpDaemon(config(), signIn, { mountId: 'mnt_1', path: target, readOnly: true }, context)
    for (const [name, content] of Object.entries(daemon.secretFiles))
      writeFileSync(join(place, name), reveal(content), { mode: 0o600 })
    const words = ['-i', 'PATH=/usr/bin:/bin', 'LC_ALL=C', 'rclone', ...daemon.args]
    child = spawn('env', words, { stdio: 'ignore' })
    await vi.waitFor(() => expect(readFileSync('/proc/self/mountinfo', 'utf8')).toContain(target), {
      timeout: 10_000,
      interval: 50,
    })
    const line = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((text) => text.includes(target))
    expect(line).toMatch(new RegExp(` ro,nosuid,nodev,.* fuse\\.rclone ${HTTP_REMOTE} `))

    expect((await run('ls', [target])).stdout).toBe('hello you.txt\n')
    expect((await run('cat', [join(target, 'hello you.txt')])).stdout).toBe('hello')
    await expect(run('touch', [join(target, 'new')])).rejects.toMatchObject({
      stderr: expect.stringContaining('Read-only file system'),
    })
    expect(seen.filter((request) => request.endsWith('nobody'))).toEqual([])
    for (const file of ['cmdline', 'environ']) {
      const text = readFileSync(`/proc/${child.pid}/${file}`, 'latin1')
      for (const secret of [PASSWORD, KEY.slice(6), '127.0.0.1']) expect(text).not.toContain(secret)
    }
  })
})
