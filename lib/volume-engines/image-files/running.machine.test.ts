import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { libvirtMachines } from '@/agent/libvirt/machines'
import { HoldfastError } from '@/lib/errors'
import type { OpenPool } from '@/lib/volume-engines/contract/engine'
import type { DirectoryPlace } from '@/lib/volume-engines/contract/place'
import { type ImageFilesSettings, imageFiles } from '@/lib/volume-engines/image-files/descriptor'
import { imageFilesEngine } from '@/lib/volume-engines/image-files/host'
import { type RunningMachine, startMachine } from '@/testing/libvirt/machine'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'
import { failureOf, snapshotId, volumeId, Workbench } from '@/testing/volume-engines/engine-case'
import { openImageRig } from '@/testing/volume-engines/image-rig'
import { runnerEngineHost } from '@/testing/volume-engines/machine-host'

const MIB = 1024 ** 2
const A = volumeId('a')
const given = {
  engine: imageFilesEngine,
  descriptor: imageFiles,
  settings: { default_format: 'qcow2', templates_path: 'templates' } as const,
  volume: { sizeBytes: 8 * MIB, format: 'qcow2', provisioning: 'thin' } as const,
  what: 'images of machines that run',
}

let libvirtd: RealLibvirtd
let bench: Workbench<DirectoryPlace, ImageFilesSettings>
let machines = 0

beforeAll(async () => {
  libvirtd = await startLibvirtd()
})
afterAll(() => libvirtd.close())
beforeEach(async () => {
  const host = runnerEngineHost(new Runner())
  const openRig = () => openImageRig(libvirtMachines(host, libvirtd.uri))
  bench = new Workbench({ ...given, openRig }, await openRig())
  await bench.open()
})
afterEach(() => bench.rig.close())

const directory = () => `${bench.pool.place.path}/${A}`
const pathOf = (format: string) => `${directory()}/disk.${format}`

function run(format: 'qcow2' | 'raw'): RunningMachine {
  machines += 1
  return startMachine(libvirtd, `machine-${machines}`, { path: pathOf(format), format })
}

/** Its first four bytes from there, with nothing running. */
function read(offset: number): Promise<Uint8Array> {
  return bench.rig.read(bench.pool as OpenPool<DirectoryPlace>, A, offset, 4)
}

async function letterOf(name: string, offset: number): Promise<string> {
  const [byte = 0] = await bench.rig.read(bench.pool as OpenPool<DirectoryPlace>, volumeId(name), offset, 1)
  return String.fromCharCode(byte)
}

async function lettersAt(...offsets: number[]): Promise<string> {
  let found = ''
  for (const offset of offsets) found += await letterOf('a', offset)
  return found
}

function sizeOf(format: string): number {
  const said = execFileSync('qemu-img', ['info', '-U', '-f', format, '--output=json', pathOf(format)], {
    encoding: 'utf8',
  })
  return JSON.parse(said)['virtual-size']
}

async function grows(format: 'qcow2' | 'raw'): Promise<void> {
  await bench.create('a', { format })
  const machine = run(format)
  machine.write(0, 65_536, 7)
  expect(await bench.seen('a')).toMatchObject({ isInUse: true, usedBy: machine.name })
  await bench.grow('a', 16 * MIB)
  const info = libvirtd.virsh('domblkinfo', machine.uuid, 'vda')
  expect(/Capacity:\s+(\d+)/.exec(info)?.[1]).toBe(String(16 * MIB))
  machine.write(15 * MIB, 65_536, 9)
  machine.stop()
  expect(sizeOf(format)).toBe(16 * MIB)
  expect(await read(0)).toEqual(new Uint8Array([7, 7, 7, 7]))
  expect(await read(15 * MIB)).toEqual(new Uint8Array([9, 9, 9, 9]))
  const seen = await bench.seen('a')
  expect(seen.isInUse).toBe(false)
  expect(seen.usedBy).toBeUndefined()
}

test('an image grows by the machine that has it open, which loses nothing', () => grows('qcow2'))

test('a raw image grows so too', { tags: 'full' }, () => grows('raw'))

test('what only a stopped machine allows is refused with its name', async () => {
  await bench.create('a')
  const machine = run('qcow2')
  expect(await failureOf(bench.trash('a'))).toMatchObject({
    code: 'busy',
    message: expect.stringContaining(machine.name),
  })
  machine.stop()
  await bench.trash('a')
})

test('a snapshot of a running machine is what was written before, and the machine goes on', async () => {
  await bench.create('a')
  const machine = run('qcow2')
  const first = machine.source('now')
  machine.write(0, 65_536, 65)
  await bench.snapshot('a', 's')
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
  expect(await lettersAt(0, MIB, 2 * MIB)).toBe('BDE')

  await bench.clone('b', 'a', 's')
  expect(await letterOf('b', 0)).toBe('A')
  await bench.snapshot('a', 'u')
  // Names that layers had while they were the disk are gone: whoever starts a machine with an old definition writes to none.
  expect(readdirSync(directory()).filter((name) => name.startsWith('disk'))).toEqual([path.split('/').at(-1)])
  await bench.restore('a', 't')
  expect(await lettersAt(0, MIB)).toBe('BC')
  machine.start()
  expect(machine.source('now')).toBe(path)
  machine.stop()
})

test('a snapshot that is cut off is taken as a whole, or leaves nothing', async () => {
  await bench.create('a')
  const machine = run('qcow2')
  machine.write(0, 65_536, 65)
  const before = readdirSync(directory()).sort()
  const { machines: real } = bench.rig.context().host
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
  real.snapshot = snapshot
  machine.write(0, 65_536, 66)
  expect(await bench.seen('a')).toMatchObject({ usedBy: machine.name, problem: null })
  machine.stop()
  expect(await lettersAt(0)).toBe('B')
  machine.start()
  machine.stop()
})
