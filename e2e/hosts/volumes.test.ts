import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labSan } from '@/e2e/support/lab-connections'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { PoolWalk } from '@/e2e/support/pool-walk'
import type { PoolView } from '@/lib/pools/schema'

/** Volumes through the whole product on real servers: what locks, renames and thin pools do there no fake host can prove. */
const { nfs, servers, smb } = labFacts
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

interface Storage {
  title: string
  type: string
  config(): Record<string, unknown>
  /** Capacity in bytes, as the host itself measures it. */
  measured(pool: PoolView): Promise<number>
  /** A command around one that works on the content of a volume, `$disk`, of format `$format`. */
  onDisk(pool: PoolView, volumeId: string, command: string): string
}

const fileOf = (pool: PoolView, volumeId: string, command: string) =>
  `format=qcow2; disk=${pool.mount_path}/${volumeId}/disk.qcow2; ${command}`
const dfOf = async ({ mount_path }: PoolView) =>
  Number((await fleet.lab.host.ok(`df -B1 --output=size ${mount_path}`)).trim().split('\n').at(-1))

const STORAGES: Storage[] = [
  {
    title: 'an NFS export',
    type: 'nfs',
    config: () => ({ server: servers.address, export_path: nfs.exports.readWrite }),
    measured: dfOf,
    onDisk: fileOf,
  },
  {
    title: 'an SMB share',
    type: 'cifs',
    config: () => ({
      server: servers.address,
      share_name: smb.share,
      username: smb.user,
      password: smb.password,
      nobrl: true,
    }),
    measured: dfOf,
    onDisk: fileOf,
  },
  {
    title: 'a thin pool of LVM on a LUN',
    type: 'iscsi-lvm',
    config: () => labSan(),
    measured: async () =>
      Number(
        (await fleet.lab.host.ok('lvm lvs --noheadings --nosuffix --units b -o lv_size -S "segtype=thin-pool"')).trim(),
      ),
    onDisk: (_pool, volumeId, command) =>
      [
        `group=$(lvm lvs --noheadings -o vg_name -S lv_name=${volumeId} | tr -d ' ')`,
        `lvm lvchange -ay -K "$group/${volumeId}"`,
        `format=raw; disk=/dev/$group/${volumeId}; ${command}; said=$?`,
        `lvm lvchange -an "$group/${volumeId}"; exit $said`,
      ].join('; '),
  },
]

/** Ten minutes for all three on an emulated host: a share holds the same images as an export. */
const VARIANTS = new Set(['cifs'])

describe.each(STORAGES.filter(({ type }) => !VARIANTS.has(type)))('volumes on $title', walkVolumes)
describe.each(STORAGES.filter(({ type }) => VARIANTS.has(type)))('volumes on $title', { tags: ['full'] }, walkVolumes)

function walkVolumes({ type, config, measured, onDisk }: Storage): void {
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
    const backend = await fleet.createBackend(`storage-${type}`, type, config())
    pool = await walk.createPool(name, backend.id, { host_ids: [fleet.hostId] })
    const size = await measured(pool)
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
    await walk.remove(pool.id)
    const left = await fleet.lab.host.exec('lvm lvs --noheadings -o lv_name 2>/dev/null | grep -E "vol_|snp_"')
    expect(left.stdout.trim()).toBe('')
    const files = await fleet.lab.servers.ok('find /srv/nfs/rw /srv/smb/share -name "vol_*" -o -name "holdfast-pool*"')
    expect(files.trim()).toBe('')
  })
}
