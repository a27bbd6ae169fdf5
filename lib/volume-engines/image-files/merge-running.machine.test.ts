import { readdirSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { mergeArguments } from '@/agent/libvirt/merges'
import { HoldfastError } from '@/lib/errors'
import type { RunningMachine } from '@/testing/libvirt/machine'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'
import { type ImageBench, lettersAt, machinesOf, openImageBench, runVolume } from '@/testing/libvirt/running-images'
import { failureOf, snapshotId, volumeId } from '@/testing/volume-engines/engine-case'
import { CutOff } from '@/testing/volume-engines/rehearsal'

const MIB = 1024 ** 2
const PLACES = [0, MIB, 2 * MIB, 3 * MIB]

let libvirtd: RealLibvirtd
let bench: ImageBench

beforeAll(async () => {
  libvirtd = await startLibvirtd()
})
afterAll(() => libvirtd.close())
beforeEach(async () => {
  bench = await openImageBench(libvirtd)
})
afterEach(() => bench.rig.close())

const letters = (name = 'a') => lettersAt(bench, name, ...PLACES)
const filesOf = (name: string) => readdirSync(`${bench.pool.place.path}/${volumeId(name)}`).sort()
const snapshotsOf = async () => (await bench.seen('a')).snapshots.map((one) => one.snapshotId).sort()
const ids = (...names: string[]) => names.map(snapshotId).sort()
const write = (machine: RunningMachine, at: number, letter: string, bytes = 65_536) =>
  machine.write(at * MIB, bytes, letter.charCodeAt(0))

/** Volume `a` of a machine that runs, with snapshots `s` (A), `t` (BC) and `u` (BCD), and BCDE in it. */
async function runWithSnapshots(): Promise<RunningMachine> {
  await bench.create('a')
  const machine = runVolume(bench, libvirtd, 'a')
  write(machine, 0, 'A')
  await bench.snapshot('a', 's')
  write(machine, 0, 'B')
  // So much that merging it takes a while, when it is to.
  write(machine, 4, 'x', 3 * MIB)
  write(machine, 1, 'C')
  await bench.snapshot('a', 't')
  write(machine, 2, 'D')
  await bench.snapshot('a', 'u')
  write(machine, 3, 'E')
  return machine
}

/** What QEMU merges takes seconds from now on. Counts how often it is asked to. */
function slowly(): { merges: number } {
  const asked = { merges: 0 }
  machinesOf(bench).merge = async (disk, what) => {
    asked.merges += 1
    libvirtd.virsh(...mergeArguments(disk, what), '--bandwidth', '1000000', '--bytes')
  }
  return asked
}

/** Instead of the next answer about what QEMU does after the first; then all is as before. */
function atTheSecondLook(act: () => void): void {
  const machines = machinesOf(bench)
  const job = machines.job
  let looks = 0
  machines.job = async (disk) => {
    const answer = await job(disk)
    if (answer !== null) looks += 1
    if (looks < 2) return answer
    machines.job = job
    act()
    return machines.job(disk)
  }
}

test('snapshots go one by one while the machine runs, from the oldest to the last', { timeout: 180_000 }, async () => {
  const machine = await runWithSnapshots()
  await bench.deleteSnapshot('a', 's')
  expect(await snapshotsOf()).toEqual(ids('t', 'u'))
  expect(libvirtd.virsh('dumpxml', machine.uuid, '--inactive')).not.toContain('<backingStore')
  // As it is started again, with the images that are there now.
  machine.stop()
  await bench.clone('b', 'a', 't')
  expect(await letters('b')).toBe('BC..')
  machine.start()
  expect(await failureOf(bench.deleteSnapshot('a', 't'))).toMatchObject({ code: 'in_use' })
  await bench.trash('b')
  await bench.purge('b')

  await bench.deleteSnapshot('a', 't')
  expect(await snapshotsOf()).toEqual(ids('u'))
  write(machine, 0, 'F')
  await bench.snapshot('a', 'v')
  await bench.deleteSnapshot('a', 'u')
  await bench.deleteSnapshot('a', 'v')
  expect(await snapshotsOf()).toEqual([])
  write(machine, 1, 'G')
  machine.stop()
  expect(await letters()).toBe('FGDE')
  await bench.snapshot('a', 'w')
  expect(filesOf('a')).toEqual([expect.stringMatching(/^disk_/), `${snapshotId('w')}.qcow2`, 'volume.json'])
  machine.start()
  machine.stop()
})

test('what is left of a merged snapshot has the name of the next as soon as nothing runs', {
  tags: 'full',
}, async () => {
  const machine = await runWithSnapshots()
  await bench.deleteSnapshot('a', 's')
  machine.stop()
  await bench.snapshot('a', 'v')
  const kept = ids('t', 'u', 'v').map((id) => `${id}.qcow2`)
  expect(filesOf('a')).toEqual([expect.stringMatching(/^disk_/), ...kept, 'volume.json'])
  await bench.restore('a', 't')
  expect(await letters()).toBe('BC..')
})

test('an agent that was killed finds the merge again and waits for its end', async () => {
  const machine = await runWithSnapshots()
  const asked = slowly()
  const rehearsal = bench.rehearse()
  const work = (turn: Parameters<Parameters<typeof rehearsal.begin>[0]>[0]) =>
    bench.engine.deleteSnapshot(bench.pool, volumeId('a'), snapshotId('s'), turn)
  atTheSecondLook(() => {
    throw new CutOff('killed')
  })
  await expect(rehearsal.begin(work)).rejects.toThrow(CutOff)
  // Nobody takes it for whole meanwhile, and it can be read all the same.
  expect(await bench.seen('a')).toMatchObject({ problem: null, usedBy: machine.name })
  expect(await snapshotsOf()).toEqual(ids('t', 'u'))
  await rehearsal.begin(work)
  rehearsal.close()
  expect(asked.merges).toBe(1)
  write(machine, 0, 'F')
  machine.stop()
  expect(await letters()).toBe('FCDE')
})

test('cancelled, it leaves what the machine reads as it was', { tags: 'full' }, async () => {
  const machine = await runWithSnapshots()
  slowly()
  const cancel = () => {
    throw new HoldfastError('cancelled', 'Somebody has cancelled it.')
  }
  // Copied into the disk: the snapshot stays as it is.
  write(machine, 4, 'y', 3 * MIB)
  await bench.snapshot('a', 'v')
  atTheSecondLook(cancel)
  expect(await failureOf(bench.deleteSnapshot('a', 'v'))).toMatchObject({ code: 'cancelled' })
  expect(await snapshotsOf()).toEqual(ids('s', 't', 'u', 'v'))
  // Written into the snapshot: that is spoilt and not shown any more, until it is deleted again.
  atTheSecondLook(cancel)
  expect(await failureOf(bench.deleteSnapshot('a', 's'))).toMatchObject({ code: 'cancelled' })
  expect(await snapshotsOf()).toEqual(ids('t', 'u', 'v'))
  expect(libvirtd.virsh('blockjob', machine.uuid, 'vda', '--raw')).toBe('')
  await bench.deleteSnapshot('a', 's')
  machine.stop()
  expect(await letters()).toBe('BCDE')
  await bench.restore('a', 't')
  expect(await letters()).toBe('BC..')
})

test('a machine that stops in the middle leaves the rest to us', { tags: 'full' }, async () => {
  const machine = await runWithSnapshots()
  slowly()
  atTheSecondLook(() => machine.stop())
  await bench.deleteSnapshot('a', 's')
  expect(await letters()).toBe('BCDE')
  expect(filesOf('a').filter((name) => name.startsWith(snapshotId('s')))).toEqual([])
  await bench.restore('a', 't')
  expect(await letters()).toBe('BC..')
})

test('a machine on a clone keeps a snapshot below it as it is', { tags: 'full' }, async () => {
  const machine = await runWithSnapshots()
  machine.stop()
  await bench.clone('b', 'a', 't')
  machine.start()
  const other = runVolume(bench, libvirtd, 'b')
  expect(await failureOf(bench.deleteSnapshot('a', 's'))).toMatchObject({
    code: 'busy',
    message: expect.stringContaining('clone'),
  })
  expect(await snapshotsOf()).toEqual(ids('s', 't', 'u'))
  other.stop()
  await bench.deleteSnapshot('a', 's')
  expect(await letters('b')).toBe('BC..')
  machine.stop()
})

test('a clone of a machine that runs is flattened, with its snapshots', async () => {
  await bench.create('a')
  await bench.write('a', 0, 'A')
  await bench.clone('b', 'a')
  const machine = runVolume(bench, libvirtd, 'b')
  write(machine, 1, 'B')
  await bench.snapshot('b', 's')
  write(machine, 2, 'C')
  await bench.flatten('b')
  expect(await bench.seen('b')).toMatchObject({ parent: null, usedBy: machine.name })
  await bench.trash('a')
  await bench.purge('a')
  write(machine, 3, 'D')
  machine.stop()
  expect(await letters('b')).toBe('ABCD')
  await bench.restore('b', 's')
  expect(await letters('b')).toBe('AB..')
})
