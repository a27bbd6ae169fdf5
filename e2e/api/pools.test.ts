import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Upload } from 'tus-js-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PoolWalk } from '@/e2e/support/pool-walk'
import { Product, sh, until } from '@/e2e/support/product'
import { SlowFile } from '@/e2e/support/slow-file'
import type { BackendView } from '@/lib/backends/schema'
import type { UploadView } from '@/lib/files/schema'
import type { HostRow } from '@/lib/hosts/schema'
import type { OperationView } from '@/lib/operations/schema'
import type { PoolView } from '@/lib/pools/schema'

const GIB = 1024 ** 3
const MIB = 1024 ** 2

/** Pools and volumes on a directory of this machine, through the whole product: needs root. */
describe.runIf(process.getuid?.() === 0)('volumes on a local directory', () => {
  let product: Product
  let walk: PoolWalk
  let source: string
  let host: HostRow
  let backend: BackendView
  let pool: PoolView
  const name = `e2e-pool-${process.pid}`

  beforeAll(async () => {
    product = await Product.create({ stateDir: await mkdtemp('/srv/holdfast-e2e-state-'), storageOnLoopback: true })
    const started = await product.start()
    if (started.code !== 0) throw new Error(started.stderr)
    await product.signIn()
    walk = new PoolWalk(product)
    source = await mkdtemp('/srv/holdfast-e2e-')
    host = await until('the local host is online', async () => {
      const hosts = await product.request<{ data: HostRow[] }>('GET', '/api/v1/hosts')
      return hosts.body.data.find((one) => one.status === 'online')
    })
    const made = await product.request<{ data: BackendView }>('POST', '/api/v1/storage/backends', {
      name,
      type: 'local-dir',
      config: { path: source },
    })
    backend = made.body.data
  })

  afterAll(async () => {
    await product.dispose()
    await rm(source, { recursive: true, force: true })
  })

  /** As the machine sees the image of a volume, in its directory below the backend's. */
  const image = (volumeId: string) => path.join(source, volumeId, 'disk.qcow2')

  async function write(volumeId: string, text: string): Promise<void> {
    const { code, stderr } = await sh('qemu-io', ['-f', 'qcow2', '-c', `write -P ${text} 0 64k`, image(volumeId)])
    if (code !== 0) throw new Error(stderr)
  }

  async function reads(volumeId: string, text: string): Promise<boolean> {
    const { stdout } = await sh('qemu-io', ['-f', 'qcow2', '-c', `read -P ${text} 0 64k`, image(volumeId)])
    return !stdout.includes('verification failed')
  }

  test('a pool is ready with the figures of df, and its mount is its own', async () => {
    pool = await walk.createPool(name, backend.id, { host_ids: [host.id] })
    const { stdout } = await sh('df', ['-B1', '--output=size', source])
    const size = Number(stdout.trim().split('\n').at(-1))
    expect(Math.abs((pool.total_bytes ?? 0) - size) / size).toBeLessThan(0.001)
    const refused = await walk.refused('DELETE', `/api/v1/storage/mounts/${pool.mount_id}`)
    expect(refused).toContain(name)
    const other = await product.request('POST', '/api/v1/storage/pools', {
      name,
      backend_id: backend.id,
      host_ids: [host.id],
    })
    expect(other.status).toBe(409)
  })

  test('a volume is made, grows, and does not shrink', async () => {
    const volume = await walk.create(pool.id, 'first', { size_bytes: GIB })
    expect(volume).toMatchObject({ phase: 'READY', format: 'qcow2', size_bytes: GIB })
    await walk.change('POST', `/api/v1/volumes/${volume.id}/resize`, { size_bytes: 2 * GIB })
    expect(await walk.volume(volume.id)).toMatchObject({ size_bytes: 2 * GIB })
    expect(await walk.refused('POST', `/api/v1/volumes/${volume.id}/resize`, { size_bytes: GIB })).toMatch(
      /smaller|shrink/i,
    )
    expect(
      await walk.refused('POST', `/api/v1/storage/pools/${pool.id}/volumes`, { name: 'first', size_bytes: GIB }),
    ).toContain('first')
  })

  test('what was written before a snapshot is there after going back; a clone goes its own way', async () => {
    const { id } = await walk.create(pool.id, 'data', { size_bytes: GIB })
    await write(id, '0x11')
    await walk.change('POST', `/api/v1/volumes/${id}/snapshots`, { name: 'before' })
    await write(id, '0x22')
    const [snapshot] = (await walk.volume(id)).snapshots
    const clone = await walk.create(pool.id, 'copy', {
      source: { volume_id: id, snapshot_id: snapshot?.id, mode: 'clone' },
    })
    expect(await reads(clone.id, '0x11')).toBe(true)
    await write(clone.id, '0x33')
    await walk.change('POST', `/api/v1/volumes/${id}/snapshots/${snapshot?.id}/restore`)
    expect(await reads(id, '0x11')).toBe(true)
    expect(await reads(clone.id, '0x33')).toBe(true)
    expect(await walk.refused('DELETE', `/api/v1/volumes/${id}`)).toContain('copy')
    await walk.change('POST', `/api/v1/volumes/${clone.id}/flatten`)
    expect(await reads(clone.id, '0x33')).toBe(true)
    expect(await walk.volume(clone.id)).toMatchObject({ parent: null })
    await walk.change('DELETE', `/api/v1/volumes/${id}/snapshots/${snapshot?.id}`)
    expect(await reads(id, '0x11')).toBe(true)
  })

  test('a deleted volume comes back, and its name may be taken meanwhile', async () => {
    const { id } = await walk.create(pool.id, 'thrown', { size_bytes: GIB })
    await walk.change('DELETE', `/api/v1/volumes/${id}`)
    expect(await walk.volume(id)).toMatchObject({ phase: 'TRASHED', purge_at: expect.any(String) })
    const taker = await walk.create(pool.id, 'thrown', { size_bytes: GIB })
    expect(await walk.refused('POST', `/api/v1/volumes/${id}/restore-from-trash`)).toContain('thrown')
    await walk.change('DELETE', `/api/v1/volumes/${taker.id}`)
    await walk.change('DELETE', `/api/v1/volumes/${taker.id}?purge=true`)
    await walk.change('POST', `/api/v1/volumes/${id}/restore-from-trash`)
    expect(await walk.volume(id)).toMatchObject({ phase: 'READY', name: 'thrown' })
  })

  test('twenty at once are all made', async () => {
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) => walk.create(pool.id, `many-${index}`, { size_bytes: GIB })),
    )
    expect(new Set(made.map(({ phase }) => phase))).toEqual(new Set(['READY']))
  })

  test('nothing is deleted under work that takes long; cancelled, that leaves nothing', async () => {
    const slow = await SlowFile.open(GIB, 3 * MIB)
    try {
      const config = { name: 'slow', type: 'http', config: { base_url: slow.url } }
      const web = await product.request<{ data: BackendView }>('POST', '/api/v1/storage/backends', config)
      const before = await everything()
      const volumes = `/api/v1/storage/pools/${pool.id}/volumes`
      const wanted = { name: 'fetched', source: { backend_id: web.body.data.id, path: 'slow.img' } }
      const asked = await product.request<{ data: { id: string }; operation: { id: string } }>(
        'POST',
        volumes,
        wanted,
        {
          prefer: 'respond-async',
        },
      )
      expect(asked.status).toBe(202)
      const { data, operation } = asked.body
      const at = `/api/v1/operations/${operation.id}`
      await until('some of it has come', async () => {
        const { body } = await product.request<{ data: OperationView }>('GET', at)
        return (body.data.hosts[0]?.job?.progress?.done ?? 0) > 0 || undefined
      })
      expect(await walk.refused('DELETE', `/api/v1/volumes/${data.id}`)).toContain(operation.id)
      expect(await walk.refused('DELETE', `/api/v1/volumes/${data.id}?purge=true`)).toContain('in the trash')
      expect(slow.readers).toBe(1)
      expect((await product.request('POST', `${at}/cancel`)).status).toBe(200)
      expect(await walk.untilEnded(operation.id)).toMatchObject({ status: 'cancelled' })
      expect(slow.readers).toBe(0)
      expect((await product.request('GET', `/api/v1/volumes/${data.id}`)).status).toBe(404)
      expect(await everything()).toEqual(before)
      expect(await walk.create(pool.id, 'fetched', { size_bytes: GIB })).toMatchObject({ phase: 'READY' })
    } finally {
      slow.close()
    }
  })

  /** What lies in the storage of the pool, at any depth. */
  async function everything(): Promise<string[]> {
    return (await readdir(source, { recursive: true })).sort()
  }

  test('an upload of more than one part goes on after the web process was killed in the middle of one', async () => {
    const content = Buffer.alloc(130 * MIB)
    for (let at = 0; at < content.length; at += MIB) content.writeUInt32BE(at, at)
    const endpoint = `${product.url}/api/v1/storage/pools/${pool.id}/uploads`
    const headers = { authorization: `Bearer ${product.token}` }
    const parts = { endpoint, headers, chunkSize: 128 * MIB, metadata: { path: 'large.iso' } }
    const web = await product.pid('web')
    const url = await new Promise<string>((resolve, reject) => {
      let isKilled = false
      const upload = new Upload(content, {
        ...parts,
        retryDelays: null,
        onProgress: (sent) => {
          if (isKilled || sent < 32 * MIB) return
          isKilled = true
          process.kill(web, 'SIGKILL')
        },
        onError: () => resolve(upload.url ?? ''),
        onSuccess: () => reject(new Error('nothing was cut off')),
      })
      upload.start()
    })
    const at = new URL(url).pathname
    const read = async () => (await product.request<{ data: UploadView }>('GET', at)).body.data
    const open = await until('the web process is back', () => read().catch(() => undefined))
    expect(open.status).toBe('open')
    expect(open.offset).toBeGreaterThan(0)
    await new Promise((resolve, reject) => {
      new Upload(content, { ...parts, uploadUrl: url, onError: reject, onSuccess: resolve }).start()
    })
    const sha256 = createHash('sha256').update(content).digest('hex')
    expect(await read()).toMatchObject({ status: 'done', sha256 })
    const file = path.join(source, 'large.iso')
    expect(
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ).toBe(sha256)
    await rm(file)
  })

  test('what somebody else has put there is foreign, and stays', async () => {
    await writeFile(path.join(source, 'theirs.img'), 'not ours')
    await until(
      'it is listed',
      async () => {
        const answer = await product.request<{ data: { name: string }[] }>(
          'GET',
          `/api/v1/storage/pools/${pool.id}/foreign`,
        )
        return answer.body.data.some((one) => one.name === 'theirs.img') || undefined
      },
      60_000,
    )
    expect(await walk.refused('DELETE', `/api/v1/storage/pools/${pool.id}`)).toContain('first')
    await walk.remove(pool.id)
    expect((await readdir(source)).sort()).toEqual(['theirs.img'])
  })
})
