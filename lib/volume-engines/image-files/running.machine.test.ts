import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { libvirtMachines } from '@/agent/libvirt/machines'
import type { OpenPool } from '@/lib/volume-engines/contract/engine'
import type { DirectoryPlace } from '@/lib/volume-engines/contract/place'
import { type ImageFilesSettings, imageFiles } from '@/lib/volume-engines/image-files/descriptor'
import { imageFilesEngine } from '@/lib/volume-engines/image-files/host'
import { type RunningMachine, startMachine } from '@/testing/libvirt/machine'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'
import { failureOf, volumeId, Workbench } from '@/testing/volume-engines/engine-case'
import { openImageRig } from '@/testing/volume-engines/image-rig'

const MIB = 1024 ** 2
const A = volumeId('a')
const given = {
  engine: imageFilesEngine,
  descriptor: imageFiles,
  settings: { default_format: 'qcow2' } as const,
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
  const runner = new Runner()
  const openRig = () => openImageRig(libvirtMachines((...asked) => runner.run(...asked), libvirtd.uri))
  bench = new Workbench({ ...given, openRig }, await openRig())
  await bench.open()
})
afterEach(() => bench.rig.close())

const pathOf = (format: string) => `${bench.pool.place.path}/${A}/disk.${format}`

function run(format: 'qcow2' | 'raw'): RunningMachine {
  machines += 1
  return startMachine(libvirtd, `machine-${machines}`, { path: pathOf(format), format })
}

/** Its first four bytes from there, with nothing running. */
function read(offset: number): Promise<Uint8Array> {
  return bench.rig.read(bench.pool as OpenPool<DirectoryPlace>, A, offset, 4)
}

function sizeOf(format: string): number {
  const said = execFileSync('qemu-img', ['info', '-U', '-f', format, '--output=json', pathOf(format)], {
    encoding: 'utf8',
  })
  return JSON.parse(said)['virtual-size']
}

test.each(['qcow2', 'raw'] as const)(
  'a %s image grows by the machine that has it open, which loses nothing',
  async (format) => {
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
  },
)

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
