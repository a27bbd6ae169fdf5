import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Product, sh, until } from '@/e2e/support/product'
import type { BackendView } from '@/lib/backends/schema'
import type { HostRow } from '@/lib/hosts/schema'
import type { MountView } from '@/lib/mounts/schema'
import type { WolfstackMount } from '@/lib/wolfstack/schema'

interface One<T> {
  data: T
}

/** The whole way of a storage, over the API, with the real agent of this machine: needs root. */
describe.runIf(process.getuid?.() === 0)('a local directory from backend to mount and back', () => {
  let product: Product
  let source: string
  let host: HostRow
  let backend: BackendView
  let mount: MountView
  const name = `e2e-${process.pid}`

  beforeAll(async () => {
    product = await Product.create({ stateDir: await mkdtemp('/srv/holdfast-e2e-state-') })
    const started = await product.start()
    if (started.code !== 0) throw new Error(started.stderr)
    await product.signIn()
    source = await mkdtemp('/srv/holdfast-e2e-')
    await writeFile(path.join(source, 'hello'), 'world')
    host = await until('the local host is online', async () => {
      const hosts = await product.request<{ data: HostRow[] }>('GET', '/api/v1/hosts')
      return hosts.body.data.find((one) => one.status === 'online')
    })
  })

  afterAll(async () => {
    await product.dispose()
    await rm(source, { recursive: true, force: true })
  })

  test('a test without saving shows its steps and fails with advice for a missing directory', async () => {
    const answer = await product.request<
      One<{ success: boolean; message: string; steps: { status: string; advice?: string }[] }>
    >('POST', '/api/v1/storage/backends/test', { type: 'local-dir', config: { path: `${source}-missing` } })
    expect(answer.status).toBe(200)
    expect(answer.body.data.success).toBe(false)
    const failed = answer.body.data.steps.filter((step) => step.status === 'failed')
    expect(failed).toHaveLength(1)
    expect(failed[0]?.advice).toBeTruthy()
  })

  test('what this control plane keeps, and what no root of the policy has in it, is not handed out', async () => {
    const ask = async (directory: string) => {
      const body = { type: 'local-dir', config: { path: directory } }
      const answer = await product.request<One<{ success: boolean; steps: object[] }>>(
        'POST',
        '/api/v1/storage/backends/test',
        body,
      )
      expect(answer.body.data.success, directory).toBe(false)
      return JSON.stringify(answer.body.data.steps)
    }
    const { stateDir } = product
    for (const own of [stateDir, path.join(stateDir, 'controller'), path.join(stateDir, 'log'), '/srv']) {
      expect(await ask(own)).toContain(`${own} touches ${stateDir}, which is never handed out`)
    }
    for (const other of ['/var/backups', '/var/mail']) {
      expect(await ask(other)).toContain('is never handed out')
    }
    expect(await ask('/var/www')).toContain('sourceRoots in /etc/holdfast/agent.json')
  })

  test('create answers 201 with the backend, and a second one with the name 409', async () => {
    const body = { name, type: 'local-dir', config: { path: source } }
    const created = await product.request<One<BackendView>>('POST', '/api/v1/storage/backends', body)
    expect(created.status).toBe(201)
    backend = created.body.data
    expect(backend).toMatchObject({ name, type: 'local-dir', source })
    expect((await product.request('POST', '/api/v1/storage/backends', body)).status).toBe(409)
  })

  test('a saved test passes and the backend is online', async () => {
    const answer = await product.request<One<{ success: boolean }>>(
      'POST',
      `/api/v1/storage/backends/${backend.id}/test`,
      {},
    )
    expect(answer.body.data).toMatchObject({ success: true })
    const read = await product.request<One<BackendView>>('GET', `/api/v1/storage/backends/${backend.id}`)
    expect(read.body.data.status).toBe('online')
    expect(read.body.data.stats.total_bytes).toBeGreaterThan(0)
  })

  test("WolfStack's paths make, list, unmount and delete a real mount, and reach the rest by rewrites", async () => {
    const point = `/mnt/${name}-wolf`
    const body = { name: `${name}-wolf`, type: 'directory', source, mount_point: point }
    const made = await product.request<One<WolfstackMount>>('POST', '/api/storage/mounts', body)
    expect(made.status).toBe(201)
    expect(made.body.data).toMatchObject({ ...body, status: 'mounted', error_message: null })
    expect(await readFile(path.join(point, 'hello'), 'utf8')).toBe('world')
    const of = (rest: string) => `/api/storage/mounts/${made.body.data.id}${rest}`
    const listed = await product.request<{ data: WolfstackMount[] }>('GET', '/api/storage/mounts')
    expect(listed.body.data.map((one) => one.id)).toEqual([made.body.data.id])
    const unmounted = await product.request<One<WolfstackMount>>('POST', of('/unmount'), {})
    expect(unmounted.body.data.status).toBe('unmounted')
    expect((await product.request('PUT', of(''), { auto_mount: false })).status).toBe(200)
    expect((await product.request('DELETE', of(''))).status).toBe(200)
    const preview = await product.request<One<{ skipped: number }>>('POST', '/api/storage/import-rclone', {
      config: '[home]\ntype = sftp\n',
    })
    expect(preview.body.data).toMatchObject({ created: 0, skipped: 1 })
    expect((await product.request('GET', `/api/storage/backends/${backend.id}`)).status).toBe(200)
  })

  test('a mount is real: mountinfo shows it with nosuid and nodev, and the content is there', async () => {
    const created = await product.request<One<MountView>>(
      'POST',
      '/api/v1/storage/mounts',
      { name, backend_id: backend.id, host_ids: [host.id] },
      { prefer: 'wait=20' },
    )
    expect(created.status).toBe(201)
    mount = created.body.data
    const seen = await until('the mount is seen as mounted', async () => {
      const read = await product.request<One<MountView>>('GET', `/api/v1/storage/mounts/${mount.id}`)
      return read.body.data.hosts[0]?.state === 'mounted' ? read.body.data : undefined
    })
    expect(seen.status).toBe('mounted')
    const found = await sh('findmnt', ['-n', '-o', 'OPTIONS', seen.mount_point])
    expect(found.stdout).toContain('nosuid')
    expect(found.stdout).toContain('nodev')
    expect(await readFile(path.join(seen.mount_point, 'hello'), 'utf8')).toBe('world')
  })

  test('a used backend cannot be deleted, and the answer says what uses it', async () => {
    const refused = await product.request<{ code: string; used_by: { id: string }[] }>(
      'DELETE',
      `/api/v1/storage/backends/${backend.id}`,
    )
    expect(refused.status).toBe(409)
    expect(refused.body.used_by.map((one) => one.id)).toEqual([mount.id])
  })

  test('an unmount from outside is shown', async () => {
    expect((await sh('umount', [mount.mount_point])).code).toBe(0)
    await until('the console shows it absent', async () => {
      const read = await product.request<One<MountView>>('GET', `/api/v1/storage/mounts/${mount.id}`)
      return read.body.data.hosts[0]?.state === 'absent' || undefined
    })
  })

  test('while it is away, the mountpoint refuses writes of root', async () => {
    const written = await writeFile(path.join(mount.mount_point, 'stray'), 'x').catch((error) => error.code)
    expect(written).toBe('EPERM')
  })

  test('mount again, unmount, delete: nothing is left behind', async () => {
    const again = await product.request('POST', `/api/v1/storage/mounts/${mount.id}/mount`, {}, { prefer: 'wait=20' })
    expect(again.status).toBe(200)
    expect((await sh('findmnt', [mount.mount_point])).code).toBe(0)
    const unmounted = await product.request(
      'POST',
      `/api/v1/storage/mounts/${mount.id}/unmount`,
      {},
      { prefer: 'wait=20' },
    )
    expect(unmounted.status).toBe(200)
    expect((await sh('findmnt', [mount.mount_point])).code).toBe(1)
    const removed = await product.request('DELETE', `/api/v1/storage/mounts/${mount.id}`, undefined, {
      prefer: 'wait=20',
    })
    expect(removed.status).toBeLessThan(300)
    await until('the mount is gone', async () => {
      const read = await product.request('GET', `/api/v1/storage/mounts/${mount.id}`)
      return read.status === 404 || undefined
    })
    expect((await sh('test', ['-e', mount.mount_point])).code).toBe(1)
    expect((await product.request('DELETE', `/api/v1/storage/backends/${backend.id}`)).status).toBe(200)
    expect(await readFile(path.join(source, 'hello'), 'utf8')).toBe('world')
  })
})
