import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { libvirtMachines } from '@/agent/libvirt/machines'
import { screenIn } from '@/agent/libvirt/screen'
import { type DiskCall, DiskChanges } from '@/agent/resources/workloads/disk-changes'
import { MachineMakings } from '@/agent/resources/workloads/machine-makings'
import type { NewMachine } from '@/lib/agent-protocol/machine-makings'
import { HoldfastError } from '@/lib/errors'
import { imageFilesEngine } from '@/lib/volume-engines/image-files/host'
import { turnOf } from '@/testing/agent/command-turn'
import { makeBase, removeBase } from '@/testing/agent/mount-host'
import { ask, ended, firstPool, openPoolHost, type PoolHost } from '@/testing/agent/pool-host'
import { testId } from '@/testing/ids'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'

const POOL = testId('pool', 'a')
const MOUNT = testId('mount', 'pool')
const VOLUME = testId('volume', 'root')
const DATA = testId('volume', 'data')

let base: string
let host: PoolHost
let libvirtd: RealLibvirtd
let diskChanges: DiskChanges
let isAway = false
const logs: string[] = []

async function makeVolume(volumeId: string): Promise<void> {
  const work = { do: 'create', sizeBytes: 1024 ** 2, format: 'qcow2', provisioning: 'thin', content: null } as const
  const operationId = testId('operation', volumeId)
  await ask(host, { verb: 'work', poolId: POOL, volumeId, work, operationId })
  expect((await ended(host, operationId)).error).toBeNull()
}

beforeAll(async () => {
  base = makeBase('makings')
  host = await openPoolHost(base, imageFilesEngine, {}, (door) => libvirtMachines(door, libvirtd?.uri))
  for (const asked of firstPool(base)) await ask(host, asked)
  for (const volumeId of [VOLUME, DATA]) await makeVolume(volumeId)
  const templates = join(base, 'mnt/pool/templates')
  mkdirSync(templates, { recursive: true })
  writeFileSync(join(templates, 'install.iso'), Buffer.alloc(64 * 1024, 1))
  execFileSync('qemu-img', ['create', '-f', 'qcow2', join(templates, 'cloud.qcow2'), '1M'])
  // After the mount of the pool, which it would not see else: it has mounts of its own.
  libvirtd = await startLibvirtd()
  diskChanges = new DiskChanges({
    pools: host.pools,
    doors: host.doors,
    look: async () => undefined,
    uri: libvirtd.uri,
  })
}, 120_000)
afterAll(async () => {
  await libvirtd?.close()
  await host.close()
  removeBase(base)
})
beforeEach(() => {
  isAway = false
  logs.length = 0
})
afterEach(() => {
  for (const uuid of libvirtd.virsh('list', '--uuid').split('\n').filter(Boolean)) libvirtd.virsh('destroy', uuid)
  for (const uuid of libvirtd.virsh('list', '--all', '--uuid').split('\n').filter(Boolean))
    libvirtd.virsh('undefine', uuid)
})

function makings(): MachineMakings {
  return new MachineMakings({
    ...{ hostId: testId('host', 'here'), pools: host.pools, doors: host.doors, diskChanges },
    ...{ uri: libvirtd.uri, domain: 'qemu' },
    mounts: () => [{ mountId: MOUNT, mountPoint: join(base, 'mnt/pool') }],
    ground: {
      requireMount: (mountId) => {
        if (isAway) throw new HoldfastError('backend_unreachable', 'It is away.')
        return { mountId, path: join(base, 'mnt/pool'), readOnly: false }
      },
    },
  })
}

function wanted(over: Partial<NewMachine> = {}): NewMachine {
  return {
    ...{ name: 'web', cpus: 1, memoryMib: 64, firmware: 'bios', network: null, starts: true },
    disks: [{ poolId: POOL, volumeId: VOLUME, accessMode: 'RWO', bus: 'virtio', cache: null }],
    iso: { poolId: POOL, path: 'templates/install.iso' },
    ...{ screen: true, serial: true, clipboard: false, guestAgent: true },
    ...over,
  }
}

const plan = (machine: NewMachine) => makings().plan(machine, AbortSignal.timeout(60_000))
const create = (machine: NewMachine, operation: string = machine.name) => {
  const { turn, carry } = turnOf(operation, { logs })
  return carry(makings().create(machine, turn, performance.now() + 60_000))
}
const call = (): DiskCall => ({
  operationId: testId('operation', 'call'),
  deadlineAt: performance.now() + 60_000,
  signal: AbortSignal.timeout(60_000),
  log: (line) => logs.push(line),
})
const remove = (uuid: string) => makings().remove(uuid, call())
const names = () => libvirtd.virsh('list', '--all', '--name').split('\n').filter(Boolean)
const image = () => join(base, 'mnt/pool', VOLUME, 'disk.qcow2')

function validates(xml: string): void {
  const file = join(base, 'domain.xml')
  writeFileSync(file, xml)
  execFileSync('virt-xml-validate', [file, 'domain'], { stdio: 'pipe' })
}

test('a machine is planned, made, runs with what it was given, and is removed without its volume', async () => {
  const planned = await plan(wanted())
  expect(planned).toMatchObject({ refusals: [], commands: ['virsh define --file machine.xml', expect.any(String)] })
  validates(planned.specification)
  expect(names()).toEqual([])

  const { nativeId: uuid, isRunning } = await create(wanted())
  expect(isRunning).toBe(true)
  expect(libvirtd.virsh('domstate', uuid).trim()).toBe('running')
  const now = libvirtd.virsh('dumpxml', uuid)
  for (const part of [image(), join(base, 'mnt/pool/templates/install.iso'), 'org.qemu.guest_agent.0', "type='pty'"])
    expect(now).toContain(part)
  validates(libvirtd.virsh('dumpxml', uuid, '--inactive'))
  // libvirtd of the test has its places below its directory.
  const screen = screenIn(now)
  expect('path' in screen && existsSync(join(libvirtd.directory, screen.path))).toBe(true)
  expect(logs).toEqual(['$ virsh define --file machine.xml', `$ virsh start --domain ${uuid}`])

  // It has ports for what is attached while it runs.
  const data = { poolId: POOL, volumeId: DATA, accessMode: 'RWO', cache: null, target: null } as const
  expect(await diskChanges.attach(uuid, { ...data, bus: 'virtio' }, call())).toMatchObject({
    target: 'vdb',
    isLive: true,
  })

  await expect(create(wanted({ disks: [] }), 'again')).rejects.toMatchObject({
    ...{ code: 'conflict', fields: [{ field: 'name' }] },
  })
  await expect(create(wanted({ name: 'second' }))).rejects.toMatchObject({ code: 'in_use' })
  await expect(remove(uuid)).rejects.toMatchObject({ code: 'conflict' })
  libvirtd.virsh('destroy', uuid)
  expect(await remove(uuid)).toEqual({ volumeIds: [VOLUME, DATA] })
  expect(await remove(uuid)).toEqual({ volumeIds: [] })
  expect([names(), existsSync(image())]).toEqual([[], true])
})

test('what this host does not have is refused by field, and nothing is made', async () => {
  const offers = await makings().offers(AbortSignal.timeout(60_000))
  expect(offers).toMatchObject({ isAccelerated: false, firmwares: expect.arrayContaining(['bios']) })
  const impossible = wanted({
    ...{ cpus: offers.mostCpus + 1, memoryMib: offers.memoryMib + 1 },
    network: { kind: 'bridge', name: 'lo' },
  })
  const { refusals } = await plan(impossible)
  expect(refusals.map(({ field }) => field)).toEqual(['cpus', 'memory_mib', 'network'])
  await expect(create(impossible)).rejects.toMatchObject({ code: 'conflict' })
  await expect(plan(wanted({ iso: { poolId: POOL, path: 'templates/cloud.qcow2' } }))).rejects.toMatchObject({
    ...{ code: 'invalid_input', fields: [{ field: 'iso' }] },
  })
  await expect(plan(wanted({ iso: { poolId: POOL, path: 'templates/none.iso' } }))).rejects.toMatchObject({
    code: 'not_found',
  })
  expect(names()).toEqual([])
})

test('one that does not start is gone again, and its volume is free', async () => {
  isAway = true
  await expect(create(wanted())).rejects.toMatchObject({ code: 'backend_unreachable' })
  expect(names()).toEqual([])
  isAway = false
  const made = await create(wanted({ starts: false }))
  expect(made.isRunning).toBe(false)
  expect(libvirtd.virsh('domstate', made.nativeId).trim()).toBe('shut off')
  await remove(made.nativeId)
})

test('a machine of others is not removed', async () => {
  const file = join(base, 'theirs.xml')
  writeFileSync(
    file,
    "<domain type='qemu'><name>theirs</name><memory unit='MiB'>32</memory><os><type>hvm</type></os></domain>",
  )
  libvirtd.virsh('define', file)
  const uuid = libvirtd.virsh('domuuid', 'theirs').trim()
  await expect(remove(uuid)).rejects.toThrow('was not made from here')
})

test.for([
  ['written', false],
  ['defined', true],
  ['started', true],
] as const)('killed after %s: the next agent ends it (%s)', async ([dies, isMade]) => {
  const first = turnOf('killed', { logs, dies })
  await expect(first.carry(makings().create(wanted(), first.turn, performance.now() + 60_000), true)).rejects.toThrow()
  // What was done and is not noted yet is done again.
  const next = turnOf('killed', { logs, notes: first.notes })
  // Mounts come up later than the agent.
  isAway = true
  setTimeout(() => {
    isAway = false
  }, 1_000)
  const end = next.carry(makings().recover(next.turn))
  if (!isMade) {
    await expect(end).rejects.toMatchObject({ code: 'timed_out' })
    expect(names()).toEqual([])
    return
  }
  const { nativeId } = await end
  expect(libvirtd.virsh('domstate', nativeId).trim()).toBe('running')
  expect(names()).toEqual(['web'])
})
