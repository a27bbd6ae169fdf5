/** @module-tag full */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { untilLoginWorks } from '@/e2e/support/lab-connections'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { PoolWalk } from '@/e2e/support/pool-walk'
import { type VolumeStorage, volumeStorages } from '@/e2e/support/volume-storages'
import { TRASH } from '@/lib/agent-protocol/own-names'
import type { PoolView } from '@/lib/pools/schema'

/** Between engines, with the devices and the cluster that no test elsewhere has: a file becomes a thin volume, and that an image of Ceph. */
const MIB = 1024 ** 2
const SIZE = 64 * MIB
/** What is written where; the rest of the disk must read as zeros wherever it goes. */
const WRITTEN = ['-P 0x11 0 1M', '-P 0x22 40M 64k']
const READ = [...WRITTEN, '-P 0 1M 39M', '-P 0 41M 23M'].map((what) => `-c 'read ${what}'`).join(' ')
let fleet: LabProduct
let walk: PoolWalk
let volumeId: string

beforeAll(async () => {
  fleet = await useLabProduct()
  walk = new PoolWalk(fleet.product)
  await untilLoginWorks(fleet)
})
afterAll(async () => {
  await walk?.removeAll()
  await fleet?.close()
})

async function openPool({ type, config, prepare }: VolumeStorage): Promise<PoolView> {
  await prepare?.(fleet)
  const backend = await fleet.createBackend(`storage-${type}`, type, config())
  return await walk.createPool(`pool-${type}`, backend.id, { host_ids: [fleet.hostId] })
}

const io = ({ onDisk }: VolumeStorage, pool: PoolView, id: string, what: string) =>
  fleet.lab.host.ok(onDisk(pool, id, `qemu-io -f $format ${what} $disk`))

async function move(id: string, to: PoolView): Promise<string> {
  const moved = await walk.change('POST', `/api/v1/volumes/${id}/move`, { pool_id: to.id })
  expect(moved).not.toBe(id)
  expect(await walk.volume(id)).toMatchObject({ phase: 'TRASHED', moved_to: { volume_id: moved } })
  expect(await walk.volume(moved)).toMatchObject({ phase: 'READY', pool_id: to.id, name: 'moving', size_bytes: SIZE })
  return moved
}

const { nfsExport, thinLvm, cephPool } = volumeStorages
let group: PoolView

it('a volume moves from an export into a thin pool of LVM, byte by byte', async () => {
  const files = await openPool(nfsExport)
  group = await openPool(thinLvm)
  const { id } = await walk.create(files.id, 'moving', { size_bytes: SIZE })
  await io(nfsExport, files, id, WRITTEN.map((what) => `-c 'write ${what}'`).join(' '))
  volumeId = await move(id, group)
  expect(await io(thinLvm, group, volumeId, READ)).not.toContain('failed')
  // What is empty takes no room there either.
  const used = await fleet.lab.host.ok(thinLvm.onDisk(group, volumeId, 'lvm lvs --noheadings -o data_percent $disk'))
  expect(Number(used.trim())).toBeLessThan(5)
  // Until it is purged, the old one is whole.
  expect(await io(nfsExport, files, `${TRASH}/${id}`, READ)).not.toContain('failed')
})

it('and from there into Ceph', async () => {
  const cluster = await openPool(cephPool)
  const moved = await move(volumeId, cluster)
  expect(await io(cephPool, cluster, moved, READ)).not.toContain('failed')
  // Nothing of it is active where it was.
  expect((await fleet.lab.host.ok(`lvm lvs --noheadings -o lv_active -S lv_name=${volumeId}`)).trim()).toBe('')
})
