import { afterAll, beforeAll, expect, it } from 'vitest'
import { labSan, untilLoginWorks } from '@/e2e/support/lab-connections'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { comeAndGo } from '@/e2e/support/pool-cycles'
import { PoolWalk } from '@/e2e/support/pool-walk'
import { until } from '@/e2e/support/product'
import type { PoolView } from '@/lib/pools/schema'

/** What only a real LVM over device-mapper shows: what is active when, how a thin pool fills, and what a thick volume reads as. */
const MIB = 1024 ** 2
const GIB = 1024 ** 3
/** LUNs beside that of the lab, by their number: one that is full after a few writes, and two that nothing was ever on. */
const LUNS = { small: 1, thick: 2, cycles: 3 }
const { iscsi } = labFacts
let fleet: LabProduct
let walk: PoolWalk
let pool: PoolView

beforeAll(async () => {
  fleet = await useLabProduct()
  walk = new PoolWalk(fleet.product)
  await addLun('small', 64)
  await addLun('thick', 512)
  await addLun('cycles', 64)
  await untilLoginWorks(fleet)
  pool = await openPool('thin', {})
})
afterAll(async () => {
  await walk?.removeAll()
  await fleet?.close()
})

async function addLun(name: keyof typeof LUNS, mib: number): Promise<void> {
  const lines = [
    `/backstores/fileio create ${name} /srv/iscsi/${name}.img ${mib}M write_back=true`,
    `/iscsi/${iscsi.target}/tpg1/luns create /backstores/fileio/${name} lun=${LUNS[name]}`,
  ]
  await fleet.lab.servers.ok('targetcli', { input: `${lines.join('\n')}\n`, timeoutMs: 60_000 })
}

const host = (command: string) => fleet.lab.host.ok(command)
const lvs = async (what: string) =>
  (await host(`lvm lvs --noheadings ${what}`))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** Volumes that the kernel has devices of. */
const active = () => lvs('-o lv_name -S lv_active=active')

/** As a machine would: active while the command runs on `$disk`, and not afterwards. */
async function onDisk(volumeId: string, command: string): Promise<string> {
  const [group = ''] = await lvs(`-o vg_name -S lv_name=${volumeId}`)
  const name = `${group}/${volumeId}`
  return await host(
    [
      `lvm lvchange -ay -K ${name}`,
      `disk=/dev/${name}`,
      `(${command}); said=$?`,
      'udevadm settle',
      `lvm lvchange -an ${name}`,
      'exit $said',
    ].join('\n'),
  )
}

async function openPool(name: string, more: Record<string, unknown>): Promise<PoolView> {
  const backend = await fleet.createBackend(name, 'iscsi-lvm', labSan(more))
  return await walk.createPool(name, backend.id, { host_ids: [fleet.hostId] })
}

it('leaves nothing active but the thin pool, whatever was done', { tags: ['full'] }, async () => {
  const { id } = await walk.create(pool.id, 'data', { size_bytes: 64 * MIB })
  await onDisk(id, 'qemu-io -f raw -c "write -P 0x11 0 1M" $disk')
  await walk.change('POST', `/api/v1/volumes/${id}/snapshots`, { name: 'before' })
  await onDisk(id, 'qemu-io -f raw -c "write -P 0x22 0 1M" $disk')
  const snapshot = (await walk.volume(id)).snapshots[0]?.id
  const source = { volume_id: id, snapshot_id: snapshot }
  const clone = await walk.create(pool.id, 'clone', { source: { ...source, mode: 'clone' } })
  const copy = await walk.create(pool.id, 'copy', { source: { ...source, mode: 'copy' } })
  await walk.change('POST', `/api/v1/volumes/${id}/snapshots/${snapshot}/restore`)
  await walk.change('POST', `/api/v1/volumes/${id}/resize`, { size_bytes: 128 * MIB })
  expect(await active()).toEqual(['holdfast_pool'])
  for (const one of [id, clone.id, copy.id]) {
    expect(await onDisk(one, 'qemu-io -f raw -c "read -P 0x11 0 1M" $disk')).not.toContain('failed')
  }
  // Each has its own name, and none that an operation uses on the way is left.
  expect((await lvs('-o lv_name @holdfast')).sort()).toEqual([clone.id, copy.id, id, snapshot].sort())
  // A clone outlives what it came from.
  await walk.change('DELETE', `/api/v1/volumes/${id}/snapshots/${snapshot}`)
  await walk.purge({ id })
  expect((await lvs('-o lv_name @holdfast')).sort()).toEqual([clone.id, copy.id].sort())
  expect(await onDisk(clone.id, 'qemu-io -f raw -c "read -P 0x11 0 1M" $disk')).not.toContain('failed')
})

it('one that something has open is not deleted', { tags: ['full'] }, async () => {
  const { id } = await walk.create(pool.id, 'open', { size_bytes: 64 * MIB })
  const [group = ''] = await lvs(`-o vg_name -S lv_name=${id}`)
  await host(`lvm lvchange -ay -K ${group}/${id}`)
  await host(`systemd-run --unit=opener sh -c 'exec 9< /dev/${group}/${id}; exec sleep infinity'`)
  await until('it is open', async () => (await lvs('-o lv_name -S lv_device_open=open')).includes(id) || undefined)
  expect(await walk.refused('DELETE', `/api/v1/volumes/${id}`)).toMatch(/^(busy|in_use): /)
  await host('systemctl stop opener')
  await walk.purge({ id })
})

it('a thin pool that fills up is made larger, then full, and a purge gives room back', { tags: ['full'] }, async () => {
  const small = await openPool('small', { lun: LUNS.small })
  const before = small.total_bytes ?? 0
  const { id } = await walk.create(small.id, 'large', { size_bytes: 4 * GIB })
  const group = (await lvs(`-o vg_name -S lv_name=${id}`))[0] ?? ''
  const used = async () => Number((await lvs(`-o data_percent -S segtype=thin-pool ${group}`))[0])
  // Zeros take room too: a thin pool does not look at what is written.
  const fill = (mib: number, from: number) =>
    onDisk(id, `dd if=/dev/zero of=$disk bs=1M count=${mib} seek=${from} oflag=direct conv=notrunc status=none`)
  const first = Math.round((before * 0.83) / MIB)
  await fill(first, 0)
  const grown = await until('the thin pool is larger', async () => {
    const { total_bytes } = await walk.pool(small.id)
    return total_bytes !== null && total_bytes > before ? total_bytes : undefined
  })
  await fill(Math.ceil((grown * 0.96) / MIB) - first, first)
  // By the host, or by the controller where it has heard of it already.
  const refused = await walk.refused('POST', `/api/v1/storage/pools/${small.id}/volumes`, {
    name: 'more',
    size_bytes: 64 * MIB,
  })
  expect(refused).toMatch(/[\d.]+ % (of the data and [\d.]+ % of the metadata are in use|full)/)
  expect(await used()).toBeGreaterThan(95)
  await walk.purge({ id })
  expect(await used()).toBeLessThan(20)
  // Until the next look the API refuses by what it knows.
  await until('the news of it', async () => ((await walk.pool(small.id)).used_bytes ?? grown) < grown / 5 || undefined)
  await walk.create(small.id, 'more', { size_bytes: 64 * MIB })
})

it('a thick volume shows nothing of a deleted one, new and where it grows', { tags: ['full'] }, async () => {
  const thick = await openPool('thick', { provisioning: 'thick', lun: LUNS.thick })
  const old = await walk.create(thick.id, 'old', { size_bytes: 256 * MIB })
  await onDisk(old.id, 'tr "\\0" "\\252" < /dev/zero | dd of=$disk bs=1M count=256 iflag=fullblock status=none')
  await walk.purge(old)
  const { id } = await walk.create(thick.id, 'new', { size_bytes: 64 * MIB })
  await walk.change('POST', `/api/v1/volumes/${id}/resize`, { size_bytes: 256 * MIB })
  expect(await onDisk(id, `cmp -n ${256 * MIB} $disk /dev/zero && echo zeros`)).toContain('zeros')
  expect(await walk.refused('POST', `/api/v1/volumes/${id}/snapshots`, { name: 'none' })).toContain('copy it')
  const [group = ''] = await lvs(`-o vg_name -S lv_name=${id}`)
  expect(await lvs(`-o lv_name -S lv_active=active ${group}`)).toEqual([])
})

it('50 pools that come and go leave no session, no volume and no device', {
  tags: ['full'],
  timeout: 7_200_000,
}, async () => {
  await walk.removeAll()
  const { id } = await fleet.createBackend('cycles', 'iscsi-lvm', labSan({ lun: LUNS.cycles }))
  await comeAndGo(fleet, walk, id, 50)
})
