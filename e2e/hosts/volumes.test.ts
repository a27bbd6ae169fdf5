import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { PoolWalk } from '@/e2e/support/pool-walk'
import { type VolumeStorage, volumeStorages } from '@/e2e/support/volume-storages'
import type { PoolView } from '@/lib/pools/schema'

/** Volumes through the whole product on real servers: what locks, renames and thin pools do there no fake host can prove. */
const MIB = 1024 ** 2
let fleet: LabProduct
let walk: PoolWalk

beforeAll(async () => {
  fleet = await useLabProduct()
  walk = new PoolWalk(fleet.product)
})
afterAll(async () => {
  await fleet?.lab.servers.blackhole(false)
  await fleet?.close()
})

/** Further ones of the same, some minutes each on an emulated host: a share holds the same images as an export. */
const { nfsExport, thinLvm, smbShare, cephPool } = volumeStorages
describe.each([nfsExport, thinLvm])('volumes on $title', walkVolumes)
describe.each([smbShare, cephPool])('volumes on $title', { tags: ['full'] }, walkVolumes)

function walkVolumes({ type, config, prepare, measured, onDisk, ours }: VolumeStorage): void {
  const name = `pool-${type}`
  let pool: PoolView
  let data: string
  let clone: string

  const io = (volumeId: string, what: string) =>
    fleet.lab.host.ok(onDisk(pool, volumeId, `qemu-io -f $format -c '${what} 0 1M' $disk`))
  const write = (volumeId: string, pattern: string) => io(volumeId, `write -P ${pattern}`)
  const reads = async (volumeId: string, pattern: string) =>
    !(await io(volumeId, `read -P ${pattern}`)).includes('verification failed')

  it('opens a pool with the capacity that the host measures', async () => {
    await prepare?.(fleet)
    const backend = await fleet.createBackend(`storage-${type}`, type, config())
    pool = await walk.createPool(name, backend.id, { host_ids: [fleet.hostId] })
    const size = await measured(fleet, pool)
    expect(Math.abs((pool.total_bytes ?? 0) - size) / size).toBeLessThan(0.001)
  })

  it('makes a volume, and grows it with what is in it', async () => {
    data = (await walk.create(pool.id, 'data', { size_bytes: 64 * MIB })).id
    await write(data, '0x11')
    await walk.change('POST', `/api/v1/volumes/${data}/resize`, { size_bytes: 128 * MIB })
    expect(await walk.volume(data)).toMatchObject({ phase: 'READY', size_bytes: 128 * MIB })
    expect(await reads(data, '0x11')).toBe(true)
  })

  // Image files are worked on by the same programs on the kernel of the tests, which has no thin pools.
  const asSnapshots = type === 'iscsi-lvm' ? {} : { tags: ['full'] }
  it('goes back to a snapshot; a clone of it goes its own way', asSnapshots, async () => {
    await walk.change('POST', `/api/v1/volumes/${data}/snapshots`, { name: 'before' })
    await write(data, '0x22')
    const snapshot = (await walk.volume(data)).snapshots[0]?.id
    clone = (await walk.create(pool.id, 'clone', { source: { volume_id: data, snapshot_id: snapshot, mode: 'clone' } }))
      .id
    expect(await reads(clone, '0x11')).toBe(true)
    await write(clone, '0x33')
    await walk.change('POST', `/api/v1/volumes/${data}/snapshots/${snapshot}/restore`)
    expect(await reads(data, '0x11')).toBe(true)
    expect(await reads(clone, '0x33')).toBe(true)
    // Where clones need what they came from.
    if (pool.can.refuses.flatten === undefined) await walk.change('POST', `/api/v1/volumes/${clone}/flatten`)
    await walk.change('DELETE', `/api/v1/volumes/${data}/snapshots/${snapshot}`)
    expect(await reads(data, '0x11')).toBe(true)
    expect(await reads(clone, '0x33')).toBe(true)
  })

  // The same programs read every byte of image files and of thick volumes on the kernel of the tests.
  it('copies a volume byte by byte', { tags: ['full'] }, async () => {
    const copy = await walk.create(pool.id, 'copy', { source: { volume_id: clone, mode: 'copy' } })
    expect(await reads(copy.id, '0x33')).toBe(true)
  })

  it('gives a deleted one back, and leaves nothing of ours behind', async () => {
    await walk.change('DELETE', `/api/v1/volumes/${data}`)
    await walk.change('POST', `/api/v1/volumes/${data}/restore-from-trash`)
    expect(await reads(data, '0x11')).toBe(true)
    expect(await ours(fleet)).toContain('vol_')
    await walk.remove(pool.id)
    expect((await ours(fleet)).trim()).toBe('')
  })
}
