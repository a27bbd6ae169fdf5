import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { libvirtMachines } from '@/agent/libvirt/machines'
import { type DiskCall, DiskChanges } from '@/agent/resources/workloads/disk-changes'
import type { WantedDisk } from '@/lib/agent-protocol/machine-disks'
import type { VolumeWork } from '@/lib/agent-protocol/pools'
import { imageFilesEngine } from '@/lib/volume-engines/image-files/host'
import { makeBase, removeBase } from '@/testing/agent/mount-host'
import { ask, ended, firstPool, openPoolHost, type PoolHost } from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'
import { type RunningMachine, startMachine } from '@/testing/libvirt/machine'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'

const POOL = testId('pool', 'a')
const vol = (name: string) => testId('volume', name)

let base: string
let host: PoolHost
let libvirtd: RealLibvirtd
let changes: DiskChanges
let looks = 0
const lines: string[] = []

async function does(name: string, work: VolumeWork): Promise<void> {
  const operationId = testId('operation', `${name} ${work.do}`)
  await ask(host, { verb: 'work', poolId: POOL, volumeId: vol(name), work, operationId })
  expect((await ended(host, operationId)).error).toBeNull()
}

beforeAll(async () => {
  base = makeBase('disks')
  host = await openPoolHost(base, imageFilesEngine, {}, (door) => libvirtMachines(door, libvirtd?.uri))
  for (const asked of firstPool(base)) await ask(host, asked)
  for (const name of ['live', 'cold', 'stuck', 'gone'])
    await does(name, { do: 'create', sizeBytes: 1024 ** 2, format: 'qcow2', provisioning: 'thin', content: null })
  await does('gone', { do: 'trash' })
  // After the mount of the pool, which it would not see else: it has mounts of its own.
  libvirtd = await startLibvirtd()
  const look = async () => void looks++
  changes = new DiskChanges({ pools: host.pools, doors: host.doors, look, uri: libvirtd.uri, letGoMs: 100 })
}, 120_000)
afterAll(async () => {
  await libvirtd.close()
  await host.close()
  removeBase(base)
})

let machines = 0
function machine(): RunningMachine {
  const name = `m${machines++}`
  const path = join(base, `${name}.img`)
  writeFileSync(path, Buffer.alloc(1024 ** 2))
  return startMachine(libvirtd, name, { path, format: 'raw' })
}

const call = (): DiskCall => ({
  operationId: testId('operation', `${Math.random()}`),
  deadlineAt: performance.now() + 60_000,
  signal: AbortSignal.timeout(60_000),
  log: (line) => lines.push(line),
})
const wanted = (name: string, over: Partial<WantedDisk> = {}): WantedDisk => ({
  ...{ poolId: POOL, volumeId: vol(name), accessMode: 'RWO', bus: 'scsi', cache: null, target: null },
  ...over,
})
/** Its disks by name, with what they are. */
const disksOf = ({ uuid }: RunningMachine, ...which: string[]) =>
  libvirtd
    .virsh('domblklist', uuid, ...which)
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).join(' '))
const imageOf = (name: string) => join(base, 'mnt/pool', vol(name), 'disk.qcow2')
/** Does a program have it open for writing? QEMU locks what it has open. */
function isOpen(name: string): boolean {
  try {
    execFileSync('qemu-img', ['info', imageOf(name)], { stdio: 'pipe' })
    return false
  } catch (error) {
    expect(String(error)).toContain('lock')
    return true
  }
}

test('a machine that runs has the disk at once and at its next start, alone, until it is taken away', async () => {
  const [one, other] = [machine(), machine()]
  const before = disksOf(one)
  const given = { target: 'sdb', isLive: true, isKept: true }
  expect(await changes.attach(one.uuid, wanted('live'), call())).toEqual(given)
  for (const which of [[], ['--inactive']]) expect(disksOf(one, ...which)).toContain(`sdb ${imageOf('live')}`)
  expect(libvirtd.virsh('dumpxml', one.uuid)).toContain(`<serial>${vol('live').slice(-20)}</serial>`)
  expect(isOpen('live')).toBe(true)
  expect(lines).toContain(`$ virsh attach-device --domain ${one.uuid} --file disk.xml --live --config`)

  expect(await changes.attach(one.uuid, wanted('live', { bus: 'virtio' }), call())).toEqual(given)
  expect(disksOf(one)).toHaveLength(before.length + 1)
  const refusal = { code: 'in_use', message: expect.stringContaining(`'${one.name}'`) }
  await expect(changes.attach(other.uuid, wanted('live'), call())).rejects.toMatchObject(refusal)
  await expect(changes.attach(other.uuid, wanted('live', { accessMode: 'ROX' }), call())).rejects.toMatchObject(refusal)

  const seen = looks
  expect(await changes.detach(one.uuid, vol('live'), call())).toEqual(given)
  expect(looks).toBe(seen + 1)
  expect([disksOf(one), disksOf(one, '--inactive')]).toEqual([before, before])
  expect(isOpen('live')).toBe(false)
  expect(await changes.detach(one.uuid, vol('live'), call())).toMatchObject({ target: null })
  expect(await changes.attach(other.uuid, wanted('live'), call())).toEqual(given)
})

test('one that does not run has it when it starts, and of two at the same moment one gets it', async () => {
  const [one, other] = [machine(), machine()]
  for (const each of [one, other]) each.stop()
  const both = await Promise.allSettled([
    changes.attach(one.uuid, wanted('cold', { bus: 'virtio', cache: 'none' }), call()),
    changes.attach(other.uuid, wanted('cold', { bus: 'virtio' }), call()),
  ])
  expect(both).toMatchObject([
    { status: 'fulfilled', value: { target: 'vdb', isLive: false, isKept: true } },
    { status: 'rejected', reason: { code: 'in_use' } },
  ])
  expect(isOpen('cold')).toBe(false)
  one.start()
  expect(isOpen('cold')).toBe(true)
  expect(libvirtd.virsh('dumpxml', one.uuid)).toContain("cache='none'")
  one.stop()
  expect(await changes.detach(one.uuid, vol('cold'), call())).toEqual({ target: 'vdb', isLive: false, isKept: true })
  expect(disksOf(one)).toHaveLength(2)
})

test('one whose system does not let go keeps it until it stops, and that is said', async () => {
  const one = machine()
  await changes.attach(one.uuid, wanted('stuck', { bus: 'virtio', target: 'vdx' }), call())
  await expect(changes.detach(one.uuid, vol('stuck'), call())).rejects.toMatchObject({
    code: 'busy',
    message: expect.stringContaining('vdx'),
  })
  expect(disksOf(one)).toContain(`vdx ${imageOf('stuck')}`)
  expect(disksOf(one, '--inactive')).not.toContain(`vdx ${imageOf('stuck')}`)
  // A volume that it has for now alone is kept too when it is asked for again.
  expect(await changes.attach(one.uuid, wanted('stuck', { bus: 'virtio' }), call())).toMatchObject({ target: 'vdx' })
  expect(disksOf(one, '--inactive')).toContain(`vdx ${imageOf('stuck')}`)
})

test('what cannot be is refused before libvirt is asked', async () => {
  const one = machine()
  const attach = (disk: WantedDisk, uuid = one.uuid) => changes.attach(uuid, disk, call())
  const before = disksOf(one)
  await expect(attach(wanted('gone'))).rejects.toMatchObject({ code: 'conflict' })
  await expect(attach(wanted('never'))).rejects.toMatchObject({ code: 'not_found' })
  await expect(attach(wanted('cold'), '00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
    code: 'not_found',
  })
  await expect(attach(wanted('cold', { accessMode: 'RWX' }))).rejects.toMatchObject({ code: 'unsupported' })
  await expect(attach(wanted('cold', { target: 'sda' }))).rejects.toMatchObject({ code: 'conflict' })
  await expect(attach(wanted('cold', { bus: 'sata' }))).rejects.toThrow('while the machine runs')
  expect(disksOf(one)).toEqual(before)
})
