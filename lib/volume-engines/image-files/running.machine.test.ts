import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { HoldfastError } from '@/lib/errors'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'
import { type ImageBench, lettersAt, machinesOf, openImageBench, runVolume } from '@/testing/libvirt/running-images'
import { failureOf, snapshotId, volumeId } from '@/testing/volume-engines/engine-case'

const MIB = 1024 ** 2
const A = volumeId('a')

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

const directory = () => `${bench.pool.place.path}/${A}`
const pathOf = (format: string) => `${directory()}/disk.${format}`

function sizeOf(format: string): number {
  const said = execFileSync('qemu-img', ['info', '-U', '-f', format, '--output=json', pathOf(format)], {
    encoding: 'utf8',
  })
  return JSON.parse(said)['virtual-size']
}

async function grows(format: 'qcow2' | 'raw'): Promise<void> {
  await bench.create('a', { format })
  const machine = runVolume(bench, libvirtd, 'a', format)
  machine.write(0, 65_536, 65)
  expect(await bench.seen('a')).toMatchObject({ isInUse: true, usedBy: machine.name })
  await bench.grow('a', 16 * MIB)
  const info = libvirtd.virsh('domblkinfo', machine.uuid, 'vda')
  expect(/Capacity:\s+(\d+)/.exec(info)?.[1]).toBe(String(16 * MIB))
  machine.write(15 * MIB, 65_536, 66)
  machine.stop()
  expect(sizeOf(format)).toBe(16 * MIB)
  expect(await lettersAt(bench, 'a', 0, 15 * MIB)).toBe('AB')
  const seen = await bench.seen('a')
  expect(seen.isInUse).toBe(false)
  expect(seen.usedBy).toBeUndefined()
}

test('an image grows by the machine that has it open, which loses nothing', () => grows('qcow2'))

test('a raw image grows so too', { tags: 'full' }, () => grows('raw'))

test('what only a stopped machine allows is refused with its name', async () => {
  await bench.create('a')
  const machine = runVolume(bench, libvirtd, 'a')
  expect(await failureOf(bench.trash('a'))).toMatchObject({
    code: 'busy',
    message: expect.stringContaining(machine.name),
  })
  machine.stop()
  await bench.trash('a')
})

test('a snapshot of a running machine is what was written before, and the machine goes on', async () => {
  await bench.create('a')
  const machine = runVolume(bench, libvirtd, 'a')
  const first = machine.source('now')
  machine.write(0, 65_536, 65)
  // No agent of QEMU answers in it.
  expect(await bench.snapshot('a', 's')).toBe('crash')
  machine.write(0, 65_536, 66)
  machine.write(MIB, 65_536, 67)
  await bench.snapshot('a', 't')
  machine.write(MIB, 65_536, 68)
  const path = machine.source('now')
  expect(path).not.toBe(first)
  expect(machine.source('next')).toBe(path)
  // The next start finds the images below by itself: these may be others by then.
  expect(libvirtd.virsh('dumpxml', machine.uuid, '--inactive')).not.toContain('<backingStore')
  expect(await bench.seen('a')).toMatchObject({
    isInUse: true,
    usedBy: machine.name,
    imageName: path.split('/').at(-1),
    snapshots: [{ snapshotId: snapshotId('s') }, { snapshotId: snapshotId('t') }],
  })
  expect(await failureOf(bench.restore('a', 's'))).toMatchObject({ code: 'busy' })
  await bench.grow('a', 16 * MIB)

  // As the guest left it, under the name that its definition has by now.
  machine.stop()
  machine.start()
  expect(machine.source('now')).toBe(path)
  machine.write(2 * MIB, 65_536, 69)
  machine.stop()
  expect(await lettersAt(bench, 'a', 0, MIB, 2 * MIB)).toBe('BDE')

  await bench.clone('b', 'a', 's')
  expect(await lettersAt(bench, 'b', 0)).toBe('A')
  await bench.snapshot('a', 'u')
  // Names that layers had while they were the disk are gone: whoever starts a machine with an old definition writes to none.
  expect(readdirSync(directory()).filter((name) => name.startsWith('disk'))).toEqual([path.split('/').at(-1)])
  await bench.restore('a', 't')
  expect(await lettersAt(bench, 'a', 0, MIB)).toBe('BC')
  machine.start()
  expect(machine.source('now')).toBe(path)
  machine.stop()
})

test('a snapshot that is cut off is taken as a whole, or leaves nothing', async () => {
  await bench.create('a')
  const machine = runVolume(bench, libvirtd, 'a')
  machine.write(0, 65_536, 65)
  const before = readdirSync(directory()).sort()
  const real = machinesOf(bench)
  const snapshot = real.snapshot
  real.snapshot = () => Promise.reject(new HoldfastError('timed_out', 'The machine did not answer.'))
  expect(await failureOf(bench.snapshot('a', 's'))).toMatchObject({ code: 'timed_out' })
  expect(readdirSync(directory()).sort()).toEqual(before)
  // libvirt did it, and the answer was lost.
  real.snapshot = async (...asked) => {
    await snapshot(...asked)
    throw new HoldfastError('timed_out', 'The answer was lost.')
  }
  expect(await failureOf(bench.snapshot('a', 's'))).toMatchObject({ code: 'timed_out' })
  // The agent in the machine had its file systems stand still.
  real.snapshot = async (...asked) => {
    await snapshot(...asked)
    return 'still'
  }
  expect(await bench.snapshot('a', 't')).toBe('frozen')
  real.snapshot = snapshot
  machine.write(0, 65_536, 66)
  expect(await bench.seen('a')).toMatchObject({ usedBy: machine.name, problem: null })
  machine.stop()
  expect(await lettersAt(bench, 'a', 0)).toBe('B')
  machine.start()
  machine.stop()
})
