import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Product, sh, until } from '@/e2e/support/product'
import { listenWeb } from '@/e2e/support/web-listener'
import type { HostRow } from '@/lib/hosts/schema'

/**
 * Sixty secrets that exist nowhere else go through every door of the product; afterwards none of them, in any of the usual
 * encodings, may be found in what it wrote or answered. The S3 server is a stand-in that refuses every signature: what it
 * answers does not matter here, and the lab tests the real one.
 */
const CANARIES = Array.from({ length: 60 }, () => `Canary${randomBytes(15).toString('hex')}`)

function encodings(secret: string): string[] {
  return [secret, Buffer.from(secret).toString('base64').slice(0, 24), Buffer.from(secret).toString('hex')]
}

function leaks(text: string): string[] {
  return CANARIES.filter((canary) => encodings(canary).some((form) => text.includes(form)))
}

async function filesUnder(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}

describe.runIf(process.getuid?.() === 0)('no secret leaves its place', () => {
  let product: Product
  let server: Server
  let endpoint: string
  let workDir: string
  let stopSampling = () => {}
  const argvSeen = new Set<string>()
  const bodies: string[] = []
  let unused = 0
  const next = () => CANARIES[unused++] ?? ''

  function sampleArgv(): () => void {
    const timer = setInterval(() => {
      for (const pid of readdirSync('/proc')) {
        if (!/^\d+$/.test(pid)) continue
        try {
          argvSeen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
        } catch {
          // It ended between the two reads.
        }
      }
    }, 10)
    return () => clearInterval(timer)
  }

  async function send(method: string, pathname: string, body?: unknown) {
    const answer = await product.request<{ data?: { id?: string } }>(method, pathname, body)
    bodies.push(JSON.stringify(answer.body ?? null), JSON.stringify([...answer.headers]))
    return answer
  }

  /** The types whose servers are not there: create, test, change, mount, and what is refused. */
  async function sendOtherTypes(hostId: string): Promise<void> {
    const share = { server: 'nas.invalid', share_name: 'canary', username: 'alice' }
    const page = { base_url: 'https://files.invalid/canary', auth_method: 'basic', username: 'reader' }
    const others: { type: string; config: Record<string, unknown>; key: string }[] = [
      { type: 'cifs', config: share, key: 'password' },
      { type: 'http', config: page, key: 'password' },
      { type: 'http', config: { ...page, auth_method: 'bearer' }, key: 'token' },
    ]
    for (const [index, { type, config: rest, key }] of others.entries()) {
      const fresh = () => ({ type, config: { ...rest, [key]: next() } })
      const made = await send('POST', '/api/v1/storage/backends', { name: `${type}-${index}`, ...fresh() })
      expect(made.status).toBe(201)
      const id = made.body.data?.id
      await send('POST', '/api/v1/storage/backends/test', fresh())
      await send('PATCH', `/api/v1/storage/backends/${id}`, fresh())
      await send('POST', `/api/v1/storage/backends/${id}/test`, {})
      await send('POST', '/api/v1/storage/mounts', { name: `${type}-${index}`, backend_id: id, host_ids: [hostId] })
      await send('POST', '/api/v1/storage/backends', { name: '', type, config: { ...fresh().config, nonsense: 1 } })
    }
    // A password among the options, or a word before the server that may be a token, is refused; the refusal must not quote it. A name
    // with a password there is taken apart into the fields for them.
    for (const [status, type, config] of [
      [400, 'cifs', { ...share, mount_options: `vers=3.0,password=${next()}` }],
      [400, 'http', { ...page, base_url: `https://${next()}@files.invalid` }],
      [201, 'http', { base_url: `https://reader:${next()}@files.invalid` }],
    ] as const) {
      const name = `${type} with a secret in a text`
      expect((await send('POST', '/api/v1/storage/backends', { name, type, config })).status).toBe(status)
    }
  }

  beforeAll(async () => {
    workDir = await mkdtemp(path.join(tmpdir(), 'holdfast-canary-'))
    server = createServer((_request, response) => {
      response.writeHead(403, { 'content-type': 'application/xml' })
      response.end('<Error><Code>SignatureDoesNotMatch</Code></Error>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    product = await Product.create({ env: { HOLDFAST_LOG_LEVEL: 'debug' }, storageOnLoopback: true })
    const started = await product.start()
    if (started.code !== 0) throw new Error(started.stderr)
    await product.signIn()
    stopSampling = sampleArgv()
  })

  afterAll(async () => {
    stopSampling()
    const mounts = await product.request<{ data: { id: string }[] }>('GET', '/api/v1/storage/mounts')
    for (const { id } of mounts.body.data) await product.request('DELETE', `/api/v1/storage/mounts/${id}`)
    await until('the mounts are gone from this machine', async () => {
      const left = await product.request<{ total: number }>('GET', '/api/v1/storage/mounts')
      return left.body.total === 0 || undefined
    })
    await product.dispose()
    server.close()
    await rm(workDir, { recursive: true, force: true })
  })

  test('sixty canaries through the whole flow', async () => {
    const agentPid = Number(
      readdirSync('/proc').find((pid) => {
        try {
          const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
          return command.includes('holdfast-agent.mjs') && command.includes(product.stateDir)
        } catch {
          return false
        }
      }),
    )
    expect(agentPid).toBeGreaterThan(0)
    const trace = path.join(workDir, 'execve')
    const strace = spawn('strace', ['-f', '-e', 'trace=execve', '-s', '8192', '-o', trace, '-p', String(agentPid)], {
      stdio: 'ignore',
    })
    await until(
      'strace has attached',
      () => /TracerPid:\t[1-9]/.test(readFileSync(`/proc/${agentPid}/status`, 'utf8')) || undefined,
    )
    const host = await until('the local host is online', async () => {
      const hosts = await product.request<{ data: HostRow[] }>('GET', '/api/v1/hosts')
      return hosts.body.data.find((one) => one.status === 'online')
    })
    const config = (secret: string) => ({
      endpoint,
      bucket: 'canary',
      region: 'us-east-1',
      provider: 'Other',
      access_key_id: 'AKCANARY',
      secret_access_key: secret,
    })
    for (let i = 0; i < 6; i++) {
      const made = await send('POST', '/api/v1/storage/backends', {
        name: `canary-${i}`,
        type: 's3',
        config: config(next()),
      })
      expect(made.status).toBe(201)
      const id = made.body.data?.id
      await send('POST', '/api/v1/storage/backends/test', { type: 's3', config: config(next()) })
      await send('POST', '/api/v1/storage/backends/discover', {
        type: 's3',
        discovery: 'buckets',
        config: config(next()),
      })
      await send('PATCH', `/api/v1/storage/backends/${id}`, { config: config(next()) })
      await send('POST', `/api/v1/storage/backends/${id}/test`, {})
      await send('POST', '/api/v1/storage/mounts', { name: `canary-${i}`, backend_id: id, host_ids: [host.id] })
      // Bad input comes back as an error, which must not quote the secret either.
      await send('POST', '/api/v1/storage/backends', {
        name: '',
        type: 's3',
        config: { ...config(next()), nonsense: 1 },
      })
    }
    await sendOtherTypes(host.id)
    while (unused < CANARIES.length - 5) {
      await send('POST', '/api/v1/storage/backends', {
        name: `nfs-${unused}`,
        type: 'nfs',
        config: { server: 'nas', export_path: '/x', password: next() },
      })
    }
    while (unused < CANARIES.length) {
      await send('POST', '/api/v1/users', { username: `user${unused}`, password: next(), role: 'viewer' })
    }
    for (const pathname of [
      '/api/v1/storage/backends',
      '/api/v1/operations',
      '/api/v1/audit',
      '/api/v1/users',
      '/api/v1/hosts',
    ]) {
      const list = await send('GET', pathname)
      for (const row of (list.body as { data?: { id: string }[] }).data ?? []) {
        if (pathname === '/api/v1/operations') await send('GET', `${pathname}/${row.id}`)
      }
    }
    for (const page of ['/', '/backends', '/mounts', '/operations', '/audit']) {
      const answer = await fetch(`${product.url}${page}`, { headers: { authorization: `Bearer ${product.token}` } })
      bodies.push(await answer.text())
    }
    strace.kill('SIGINT')
    await new Promise((resolve) => strace.once('exit', resolve))
    const executed = await readFile(trace, 'utf8')

    expect(leaks(bodies.join('\n')), 'API bodies, headers, HTML').toEqual([])
    expect(leaks([...argvSeen].join('\n')), 'command lines seen by ps').toEqual([])
    expect(executed).toContain('execve')
    expect(leaks(executed), 'arguments of every program the agent started').toEqual([])
    for (const file of await filesUnder(product.stateDir)) {
      expect(
        leaks((await readFile(file)).toString('latin1')),
        `clear text in ${path.relative(product.stateDir, file)}`,
      ).toEqual([])
    }
  })

  test('a stored secret goes where it was entered for, and nowhere else', async () => {
    const address = `10.213.${97 + (process.pid % 100)}.1`
    // A web address may not be that of the host itself; this one is, and nobody outside can tell.
    expect((await sh('ip', ['addr', 'add', `${address}/32`, 'dev', 'lo'])).code).toBe(0)
    const thief = await listenWeb(address)
    const own = await listenWeb(address, () => `http://${address}:${thief.port}/`)
    const at = (port: number, rest = '') => `http://${address}:${port}${rest}`
    const entered = { auth_method: 'basic', username: 'reader', password: 'not-a-real-secret' }
    const basic = `Basic ${Buffer.from('reader:not-a-real-secret').toString('base64')}`
    const { password: _typed, ...blank } = entered
    const key = { provider: 'Other', bucket: 'media', access_key_id: 'FAKEKEY', secret_access_key: 'not-a-real-key' }
    const { secret_access_key: _key, ...noKey } = key
    const make = async (name: string, type: string, config: object) => {
      const made = await product.request<{ data: { id: string } }>('POST', '/api/v1/storage/backends', {
        name,
        type,
        config,
      })
      expect(made.status, JSON.stringify(made.body)).toBe(201)
      return made.body.data.id
    }
    interface Problem {
      fields?: { field: string; message: string }[]
    }
    const test = (body: object) => product.request<Problem>('POST', '/api/v1/storage/backends/test', body)
    const testSaved = (id: string) =>
      product.request<{ data?: { success: boolean }; detail?: string }>(
        'POST',
        `/api/v1/storage/backends/${id}/test`,
        {},
      )
    try {
      const id = await make('lender', 'http', { base_url: at(own.port, '/files'), ...entered })
      await testSaved(id)
      expect(own.heard.map(({ authorization }) => authorization)).toContain(basic)

      // To one's own server, to another port of the same, in a test, a change and over a redirect.
      for (const base_url of [at(thief.port), at(thief.port, '/files'), `https://${address}:${thief.port}/files`]) {
        const tried = await test({ type: 'http', backend_id: id, config: { base_url, ...blank } })
        expect([base_url, tried.status, tried.body.fields?.[0]?.field]).toEqual([base_url, 400, 'config.password'])
        const changed = await product.request('PATCH', `/api/v1/storage/backends/${id}`, {
          config: { base_url, ...blank },
        })
        expect(changed.status).toBe(400)
      }
      const led = await make('led away', 'http', { base_url: at(own.port, '/away'), ...entered })
      expect((await testSaved(led)).body.data).toMatchObject({ success: false })
      expect(
        own.heard.filter(({ path: asked, authorization }) => asked.startsWith('/away') && authorization === basic),
      ).not.toEqual([])

      const bucket = await make('bucket', 's3', { endpoint: at(own.port), ...key })
      await testSaved(bucket)
      expect(own.heard.some(({ authorization }) => authorization?.startsWith('AWS4-HMAC-SHA256'))).toBe(true)
      const stolen = await test({ type: 's3', backend_id: bucket, config: { endpoint: at(thief.port), ...noKey } })
      expect([stolen.status, stolen.body.fields?.[0]?.field]).toEqual([400, 'config.secret_access_key'])
      const away = await make('bucket led away', 's3', { endpoint: at(own.port), ...key, bucket: 'away' })
      await testSaved(away)
      expect(own.heard.filter(({ path: asked }) => asked.startsWith('/away?')).at(-1)?.authorization).toMatch(/^AWS4-/)

      // What a web process that was taken over can do: write over the address in the database.
      const { default: Database } = await import('better-sqlite3')
      const file = (await filesUnder(product.stateDir)).find((name) => name.endsWith('.db'))
      const database = new Database(file ?? '')
      const read = database.prepare('SELECT config FROM Backend WHERE id = ?').get(id) as { config: string }
      const forged = JSON.stringify({ ...JSON.parse(read.config), base_url: at(thief.port) })
      database.prepare('UPDATE Backend SET config = ? WHERE id = ?').run(forged, id)
      database.close()
      const refused = await testSaved(id)
      expect(refused.body.detail).toContain('The stored secret "password" is not sent there')
      expect(thief.heard).toEqual([])

      // The thief is not deaf: with a secret of one's own it is asked.
      await test({ type: 'http', config: { base_url: at(thief.port), ...entered, password: 'ones-own' } })
      expect(thief.heard).not.toEqual([])
    } finally {
      await Promise.all([own.close(), thief.close()])
      await sh('ip', ['addr', 'del', `${address}/32`, 'dev', 'lo'])
    }
  })
})
