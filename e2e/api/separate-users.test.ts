import { chown, copyFile, lstat, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Product, sh, until } from '@/e2e/support/product'
import type { HostView } from '@/lib/hosts/schema'
import { STATE_FILES } from '@/testing/state-files'

/** The only start of this file: checkout and state lie where root alone may go, and the state was root's before. */
let product: Product
let started: Awaited<ReturnType<Product['start']>>
const AUTH_SECRET = 'not-a-real-secret-but-as-long-as-one'
const OLD_SESSION_SECRET = 'made-by-root-before-there-were-users'

beforeAll(async () => {
  product = await Product.create({ isClosed: true, env: { HOLDFAST_AUTH_SECRET: AUTH_SECRET } })
  await mkdir(path.join(product.stateDir, 'web'), { recursive: true, mode: 0o700 })
  await writeFile(path.join(product.stateDir, 'web/session-secret'), OLD_SESSION_SECRET, { mode: 0o600 })
  started = await product.start()
  if (started.code === 0) await product.signIn()
})
afterAll(() => product.dispose())

type Part = 'web' | 'controller' | 'agent'

/** /proc/<pid>/status, by field. */
async function statusOf(part: Part): Promise<Record<string, string[]>> {
  const text = await readFile(`/proc/${await product.pid(part)}/status`, 'utf8')
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const [name = '', value = ''] = line.split(':')
        return [name, value.trim().split(/\s+/).filter(Boolean)]
      }),
  )
}

/** Runs a command as what a part runs as, where it runs: the same user, groups, mounts. */
async function as(part: 'web' | 'controller', command: string[]) {
  const pid = String(await product.pid(part))
  const { Uid = [], Gid = [] } = await statusOf(part)
  const user = ['--reuid', Uid[1] ?? '', '--regid', Gid[1] ?? '', '--clear-groups', '--no-new-privs']
  return sh('nsenter', ['--target', pid, '--mount', `--wd=/proc/${pid}/cwd`, 'setpriv', ...user, ...command])
}

/** What opening each file gives: `ok` or the error's code. */
async function opened(part: 'web' | 'controller', files: string[]): Promise<Record<string, string>> {
  const script = `const fs = require('node:fs'); const found = {}
    for (const file of process.argv.slice(1)) {
      try { fs.statSync(file).isDirectory() ? fs.readdirSync(file) : fs.closeSync(fs.openSync(file, 'r')); found[file] = 'ok' }
      catch (error) { found[file] = error.code }
    }
    console.log(JSON.stringify(found))`
  const absolute = files.map((file) => path.join(product.stateDir, file))
  const { stdout, stderr } = await as(part, ['node_modules/node/bin/node', '-e', script, ...absolute])
  if (stdout === '') throw new Error(stderr)
  return Object.fromEntries(
    Object.entries(JSON.parse(stdout) as Record<string, string>).map(([file, code]) => [
      path.relative(product.stateDir, file),
      code,
    ]),
  )
}

function all(files: string[], answer: string): Record<string, string> {
  return Object.fromEntries(files.map((file) => [file, answer]))
}

/** Every file below a directory of the state, as root sees it. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(path.join(product.stateDir, directory), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(product.stateDir, path.join(entry.parentPath, entry.name)))
}

describe('under npm start as root', () => {
  test('it starts from a checkout and with a state directory that only root can reach, and complains of nothing', () => {
    expect(started.stderr).toContain(product.url)
    expect(started.stderr).not.toContain('rights of root')
    expect(started.code).toBe(0)
  })

  test('web and controller are two users without groups, capabilities or a way to gain any; the agent is root', async () => {
    const [web, controller, agent] = await Promise.all([statusOf('web'), statusOf('controller'), statusOf('agent')])
    for (const part of [web, controller]) {
      expect(new Set(part.Uid).size).toBe(1)
      expect(Number(part.Uid?.[0])).toBeGreaterThan(0)
      expect(new Set(part.Gid).size).toBe(1)
      expect(Number(part.Gid?.[0])).toBeGreaterThan(0)
      expect(part.Groups).toEqual([])
      expect(part.NoNewPrivs).toEqual(['1'])
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
        expect(part[set]).toEqual(['0000000000000000'])
    }
    expect(web.Uid?.[0]).not.toBe(controller.Uid?.[0])
    expect(agent.Uid).toEqual(['0', '0', '0', '0'])
  })

  test('web reads no key, nothing of controller and agent, and no log', async () => {
    const closed = [
      ...['controller', 'controller/authority.json', 'controller/sealing-keys.json'],
      ...['agent', ...(await filesBelow('agent'))],
      ...['log', ...(await filesBelow('log'))],
      'run/supervisor.json',
    ]
    expect(closed).toEqual(
      expect.arrayContaining(['agent/identity.json', 'agent/host.key', 'log/web.log', 'log/agent.log']),
    )
    expect(await opened('web', closed)).toEqual(all(closed, 'EACCES'))
  })

  test('the controller reads its keys, and nothing of web and agent', async () => {
    const closed = ['web', 'web/session-secret', 'agent', ...(await filesBelow('agent')), 'log', 'run/supervisor.json']
    expect(await opened('controller', closed)).toEqual(all(closed, 'EACCES'))
    expect(await opened('controller', ['controller/sealing-keys.json'])).toEqual({
      'controller/sealing-keys.json': 'ok',
    })
  })

  test('neither can put something of its own in the place of what root or the other reads', async () => {
    for (const part of ['web', 'controller'] as const) {
      for (const place of [
        '',
        'run',
        'log',
        'agent',
        part === 'web' ? 'controller' : 'web',
        `run/${part === 'web' ? 'controller' : 'web'}`,
      ]) {
        const there = path.join(product.stateDir, place)
        const outcome = await as(part, ['sh', '-c', 'mv "$1" "$1.gone" || touch "$1/new"', 'sh', there])
        expect(outcome.code, `${part} changed ${place}`).not.toBe(0)
      }
      expect((await as(part, ['touch', 'dist/new'])).code).not.toBe(0)
    }
  })

  test('nothing of the environment of root comes along, and the controller gets no secret of web', async () => {
    const environment = async (part: Part) => readFile(`/proc/${await product.pid(part)}/environ`, 'utf8')
    for (const part of ['web', 'controller'] as const) expect(await environment(part)).not.toMatch(/(^|\0)HOME=/)
    expect(await environment('web')).toContain(AUTH_SECRET)
    expect(await environment('controller')).not.toContain(AUTH_SECRET)
  })

  test('the host is online, and a bearer of the API can write and read: the database is shared', async () => {
    await until('the local host is online', async () => {
      const { body } = await product.request<{ data: HostView[] }>('GET', '/api/v1/hosts')
      return body.data.find((one) => one.status === 'online')
    })
    const made = await product.request('POST', '/api/v1/storage/backends', {
      name: 'shared',
      type: 'local-dir',
      config: { path: '/srv' },
    })
    expect(made.status).toBe(201)
  })

  test('the port of the agent refuses web, which has no certificate of the fleet', async () => {
    const script = `const socket = require('node:tls').connect({ port: ${product.port + 2}, host: '127.0.0.1', rejectUnauthorized: false })
      socket.on('secureConnect', () => socket.write('GET /v1/info HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n'))
      socket.on('data', () => console.log('answered')); socket.on('error', (error) => console.log(error.code)); socket.on('close', () => { console.log('closed'); process.exit() })`
    // The handshake goes through, so that a controller can be told of wrong clocks; nobody else is told anything.
    expect((await as('web', ['node_modules/node/bin/node', '-e', script])).stdout.split('\n').filter(Boolean)).toEqual([
      'closed',
    ])
  })

  test('every file that it keeps has a row in the table of what a start does without it', async () => {
    const files = await filesBelow('.')
    expect(files).toEqual(expect.arrayContaining(['holdfast.db', 'agent/journal.db', 'controller/authority.json']))
    expect(files.filter((file) => !STATE_FILES.some(({ path: pattern }) => pattern.test(file)))).toEqual([])
  })

  test('what root had made before is theirs now, unchanged', async () => {
    const secret = path.join(product.stateDir, 'web/session-secret')
    expect(await readFile(secret, 'utf8')).toBe(OLD_SESSION_SECRET)
    const { Uid = [] } = await statusOf('web')
    expect(String((await stat(secret)).uid)).toBe(Uid[0])
  })

  test('doctor says with what rights they run', async () => {
    const { stdout } = await product.cli(['doctor'])
    expect(stdout).toMatch(/^Web and controller run as .+, without rights of root\.$/m)
  })

  test('commands of root, while it runs and while it is stopped, leave nothing that the processes cannot write', async () => {
    const token = (name: string) => product.cli(['token', 'create', '--role', 'viewer', '--name', name])
    expect((await token('running')).code).toBe(0)
    await product.stop()
    expect((await token('stopped')).code).toBe(0)
    // As a restore from a backup leaves it.
    const keys = path.join(product.stateDir, 'controller/sealing-keys.json')
    await copyFile(keys, `${keys}.copy`)
    await sh('mv', [`${keys}.copy`, keys])
    await chown(keys, 0, 0)
    const again = await product.start()
    expect(again.code, again.stderr).toBe(0)
    expect(again.stderr).not.toContain('rights of root')
    const made = await product.request('POST', '/api/v1/storage/backends', {
      name: 'after-restart',
      type: 'local-dir',
      config: { path: '/srv' },
    })
    expect(made.status).toBe(201)
    const owner = (await lstat(path.join(product.stateDir, 'holdfast.db-wal'))).uid
    expect(owner).toBe((await lstat(path.join(product.stateDir, 'holdfast.db'))).uid)
    expect(owner).toBeGreaterThan(0)
  })
})
