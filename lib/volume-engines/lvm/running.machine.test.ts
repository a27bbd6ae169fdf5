import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { libvirtMachines } from '@/agent/libvirt/machines'
import { lvm } from '@/lib/volume-engines/lvm/descriptor'
import { lvmHost } from '@/lib/volume-engines/lvm/host'
import { devicePath } from '@/lib/volume-engines/lvm/names'
import { startMachine } from '@/testing/libvirt/machine'
import { type RealLibvirtd, startLibvirtd } from '@/testing/libvirt/real-libvirtd'
import { volumeId, Workbench } from '@/testing/volume-engines/engine-case'
import { EXTENT } from '@/testing/volume-engines/fake-lvm-arguments'
import { FakeLvmRig } from '@/testing/volume-engines/fake-lvm-rig'
import { runnerEngineHost } from '@/testing/volume-engines/machine-host'

let libvirtd: RealLibvirtd

beforeAll(async () => {
  libvirtd = await startLibvirtd()
})
afterAll(() => libvirtd.close())

/** A loop device in the place of a logical volume; thin ones need device-mapper, which only the lab has. */
function deviceAt(path: string, bytes: number): { grow(bytes: number): void; close(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-device-'))
  const image = join(directory, 'disk')
  writeFileSync(image, '')
  truncateSync(image, bytes)
  const device = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim()
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(device, path)
  return {
    grow(size) {
      truncateSync(image, size)
      execFileSync('losetup', ['--set-capacity', device])
    },
    close() {
      execFileSync('losetup', ['--detach', device])
      rmSync(dirname(path), { recursive: true })
      rmSync(directory, { recursive: true })
    },
  }
}

test('a thin volume grows under the machine that has it open, which writes to what is new at once', async () => {
  const rig = new FakeLvmRig('thin')
  rig.machines = libvirtMachines(runnerEngineHost(new Runner()), libvirtd.uri)
  const volume = { sizeBytes: 2 * EXTENT, format: 'raw', provisioning: 'thin' } as const
  const given = { what: '', engine: lvmHost, descriptor: lvm, settings: { mode: 'thin' } as const, volume }
  const bench = new Workbench({ ...given, openRig: async () => rig }, rig)
  await bench.open()
  await bench.create('a')
  const path = devicePath(rig.place.group, volumeId('a'))
  const device = deviceAt(path, 2 * EXTENT)
  try {
    const machine = startMachine(libvirtd, 'on-lvm', { path, format: 'raw', isDevice: true })
    const close = await rig.hold(bench.pool, volumeId('a'))
    expect(await bench.seen('a')).toMatchObject({ isInUse: true, usedBy: 'on-lvm' })
    const real = rig.group.lvm.bind(rig.group)
    rig.group.lvm = (args) => {
      const answer = real(args)
      if (args[0] === 'lvextend') device.grow(rig.group.volume(volumeId('a')).bytes)
      return answer
    }
    await bench.grow('a', 4 * EXTENT)
    const info = libvirtd.virsh('domblkinfo', machine.uuid, 'vda')
    expect(/Capacity:\s+(\d+)/.exec(info)?.[1]).toBe(String(4 * EXTENT))
    machine.write(4 * EXTENT - 65_536, 65_536, 65)
    expect(rig.logs.join()).not.toContain('could not be told')
    machine.stop()
    await close()
  } finally {
    device.close()
  }
})
