import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Product, sh, until } from '@/e2e/support/product'
import type { BackendView } from '@/lib/backends/schema'
import type { HostRow } from '@/lib/hosts/schema'
import type { MountView } from '@/lib/mounts/schema'
import type { RestoredView } from '@/lib/restores/schema'
import { locksOn, logOf } from '@/testing/file-locks'

interface One<T> {
  data: T
}

const WRITES = 200
const WRITERS = 8
/** Only for what hangs: a product that is started several times on a busy machine takes its time. */
const LIMIT = { timeout: 300_000 }
const WAIT = { prefer: 'wait=20' }

/** The system's own sqlite3, as an administrator backs up with it. */
async function sqlite3(file: string, ...commands: string[]): Promise<string> {
  const { code, stdout, stderr } = await sh('sqlite3', [file, ...commands])
  if (code !== 0) throw new Error(`sqlite3 failed: ${stderr}`)
  return stdout.trim()
}

const name = (what: string) => `e2e-${process.pid}-${what}`
const place = (what: string) => `/mnt/${name(what)}`

describe('a backup of the running product', () => {
  let product: Product
  let database: string
  let folder: string

  beforeAll(async () => {
    product = await Product.create()
    database = path.join(product.stateDir, 'holdfast.db')
    folder = await mkdtemp(path.join(process.getuid?.() === 0 ? '/srv' : product.stateDir, 'holdfast-e2e-'))
    await start()
    await product.signIn()
  })
  afterAll(async () => {
    await product.dispose()
    // After a failure; otherwise nothing is left.
    for (const what of ['films', 'gone', 'late']) {
      await sh('umount', [place(what)])
      await sh('chattr', ['-i', place(what)])
      await sh('rmdir', [place(what)])
    }
    await rm(folder, { recursive: true, force: true })
  })

  async function start(): Promise<void> {
    const started = await product.start()
    if (started.code !== 0) throw new Error(started.stderr)
  }

  const get = async <T>(pathname: string) => (await product.request<One<T>>('GET', pathname)).body.data
  const pids = () => Promise.all((['web', 'controller'] as const).map((name) => product.pid(name)))

  async function killAll(): Promise<void> {
    const supervisor = JSON.parse(await readFile(path.join(product.stateDir, 'run/supervisor.json'), 'utf8')).pid
    const agent = await product.pid('agent').catch(() => undefined)
    // The supervisor first: it would start the others again.
    const all = [supervisor, ...(await pids()), ...(agent === undefined ? [] : [agent])]
    for (const pid of all) process.kill(pid, 'SIGKILL')
    await until('all are gone', async () => {
      const alive = await Promise.all(all.map((pid) => sh('ps', ['-o', 'stat=', '-p', String(pid)])))
      return alive.every(({ stdout }) => stdout.trim() === '') || undefined
    })
  }

  test('web and controller hold the lock by which other programs know of them', async () => {
    const ready = await product.request<{ ready: boolean }>('GET', '/api/health/ready')
    expect(ready.body.ready).toBe(true)
    await get('/api/v1/storage/backends')
    for (const pid of await pids()) {
      expect(locksOn(database, pid)).not.toEqual([])
      expect(locksOn(`${database}-shm`, pid)).not.toEqual([])
    }
  })

  test(
    'nothing that was acknowledged is lost: read and backed up under load, killed, started again',
    LIMIT,
    async () => {
      const log = logOf(database)
      const acknowledged: string[] = []
      let next = 0
      let copies = 0
      const write = async () => {
        while (next < WRITES) {
          const name = `kept-${next++}`
          const body = { name, type: 'local-dir', config: { path: `/srv/${name}` } }
          const answer = await product.request('POST', '/api/v1/storage/backends', body)
          if (answer.status === 201) acknowledged.push(name)
        }
      }
      const back = async () => {
        while (next < WRITES) {
          expect(await sqlite3(database, 'select 1')).toBe('1')
          const copy = path.join(folder, `copy-${++copies}.db`)
          await sqlite3(database, `.backup ${copy}`)
          expect(await sqlite3(copy, 'pragma integrity_check')).toBe('ok')
        }
      }
      await Promise.all([...Array.from({ length: WRITERS }, write), back()])
      expect(acknowledged).toHaveLength(WRITES)
      expect(copies).toBeGreaterThan(0)
      expect(logOf(database)).toBe(log)
      await killAll()
      await start()
      const names = (await get<BackendView[]>('/api/v1/storage/backends?limit=5000')).map(({ name }) => name)
      expect(acknowledged.filter((name) => !names.includes(name))).toEqual([])
    },
  )

  describe.runIf(process.getuid?.() === 0)('that is restored, three restarts of the controller back', () => {
    let host: HostRow
    let backendId: string

    const optionsAt = async (what: string) => (await sh('findmnt', ['-n', '-o', 'OPTIONS', place(what)])).stdout.trim()
    const epoch = async () => Number(await sqlite3(database, "select fence from Lease where name = 'controller/lead'"))
    const isReady = () =>
      until('the product is ready', async () => {
        const { status } = await product.request('GET', '/api/health/ready').catch(() => ({ status: 0 }))
        return status === 200 || undefined
      })

    async function mount(what: string): Promise<string> {
      const body = { name: name(what), backend_id: backendId, host_ids: [host.id] }
      const made = await product.request<One<MountView>>('POST', '/api/v1/storage/mounts', body, WAIT)
      expect(made.status).toBe(201)
      await until(`${what} is mounted`, async () => (await optionsAt(what)) || undefined)
      return made.body.data.id
    }

    test('changes nothing on the host until an administrator goes on; then the host follows it', LIMIT, async () => {
      host = await until('the host is online', async () =>
        (await get<HostRow[]>('/api/v1/hosts')).find(({ status }) => status === 'online'),
      )
      const config = { name: name('films'), type: 'local-dir', config: { path: folder } }
      const backend = await product.request<One<BackendView>>('POST', '/api/v1/storage/backends', config)
      backendId = backend.body.data.id
      const [films, gone] = [await mount('films'), await mount('gone')]
      const copy = path.join(folder, 'backup.db')
      await sqlite3(database, `.backup ${copy}`)

      for (let restart = 1; restart <= 3; restart++) {
        const before = await epoch()
        process.kill(await product.pid('controller'), 'SIGKILL')
        await until('another controller leads', async () => (await epoch()) > before || undefined)
      }
      await isReady()
      const changed = await product.request('PATCH', `/api/v1/storage/mounts/${films}`, { read_only: true }, WAIT)
      expect(changed.status).toBeLessThan(300)
      await until('the change', async () => (await optionsAt('films')).startsWith('ro') || undefined)
      const removed = await product.request('DELETE', `/api/v1/storage/mounts/${gone}`, undefined, WAIT)
      expect(removed.status).toBeLessThan(300)
      await until('the removal', async () => (await optionsAt('gone')) === '' || undefined)
      const late = await mount('late')

      await product.stop()
      for (const end of ['', '-wal', '-shm']) await rm(`${database}${end}`, { force: true })
      await cp(copy, database)
      await start()

      const found = await until('the differences', async () => {
        const state = await get<RestoredView | null>('/api/v1/installation/restored')
        return state && state.hosts.length > 0 ? state : undefined
      })
      expect(found.highest_epoch).toBeGreaterThan(found.epoch)
      expect(found.hosts).toMatchObject([
        {
          host_id: host.id,
          unknown: [{ id: late, mount_point: place('late') }],
          newer: [{ id: films, name: name('films') }],
          missing: [{ id: gone, name: name('gone') }],
        },
      ])
      const ready = await product.request('GET', '/api/health/ready')
      expect(ready).toMatchObject({
        status: 503,
        body: { checks: { controller: 'ok', hosts: expect.stringContaining('restored from a backup') } },
      })
      expect((await product.cli(['doctor'])).stdout).toContain('restored from a backup')
      const asked = await product.request('POST', `/api/v1/storage/mounts/${films}/sync`, {}, WAIT)
      expect(asked).toMatchObject({ status: 409, body: { detail: expect.stringContaining('restored from a backup') } })
      expect(await optionsAt('films')).toMatch(/^ro/)
      expect(await optionsAt('gone')).toBe('')
      expect(await optionsAt('late')).not.toBe('')

      const { revision } = found
      const went = await product.request('POST', '/api/v1/installation/restored/confirm', {
        revision,
        unknown_mounts: 'unmount',
      })
      expect(went.status).toBe(200)
      await until('the old settings', async () => (await optionsAt('films')).startsWith('rw') || undefined)
      await until('what was removed since', async () => (await optionsAt('gone')) || undefined)
      await until('what the database does not know is unmounted', async () => {
        return (await optionsAt('late')) === '' && (await sh('test', ['-e', place('late')])).code === 1
          ? true
          : undefined
      })
      await isReady()
      const verdict = await get<{ intact: boolean }>('/api/v1/audit/verify')
      expect(verdict.intact).toBe(true)
      for (const id of [films, gone]) {
        const deleted = await product.request('DELETE', `/api/v1/storage/mounts/${id}`, undefined, WAIT)
        expect(deleted.status).toBeLessThan(300)
      }
    })
  })
})
