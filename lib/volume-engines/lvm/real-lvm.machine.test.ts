import { describe, expect, it } from 'vitest'
import { lvm } from '@/lib/volume-engines/lvm/descriptor'
import { lvmHost } from '@/lib/volume-engines/lvm/host'
import { describeEngine } from '@/testing/volume-engines/describe-engine'
import { type EngineCase, failureOf, volumeId, Workbench } from '@/testing/volume-engines/engine-case'
import { RealLvmRig } from '@/testing/volume-engines/real-lvm-rig'

const MIB = 1024 * 1024
/** Metadata, messages and exit codes are LVM's own here; thin volumes need device-mapper, which only the lab has. */
const thick: EngineCase<RealLvmRig['place'], { mode: 'thin' | 'thick' }> = {
  what: 'thick, by the real LVM',
  engine: lvmHost,
  descriptor: lvm,
  settings: { mode: 'thick' },
  volume: { sizeBytes: 4 * MIB, format: 'raw', provisioning: 'full' },
  openRig: () => RealLvmRig.open(48 * MIB),
}

it('the life of a thick volume, by the real LVM', async () => {
  const rig = await thick.openRig()
  try {
    const bench = new Workbench(thick, rig)
    await bench.open()
    await bench.create('a')
    expect((await failureOf(bench.create('a'))).code).toBe('conflict')
    expect(await bench.letters('a')).toBe('....')
    await bench.write('a', 0, 'A')
    // In pieces: what is behind it is taken.
    await bench.create('b')
    await bench.grow('a', 12 * MIB)
    expect(await bench.letters('a', (12 * MIB) / 4096)).toMatch(/^A\.+$/)
    const full = await failureOf(bench.create('c', { sizeBytes: 48 * MIB }))
    expect(full.details).toMatchObject({ problem: 'lvm.no_room' })
    await bench.copy('d', { volumeId: volumeId('a'), snapshotId: null })
    expect(await bench.letters('d')).toBe('A...')
    expect((await bench.look()).volumes).toHaveLength(3)
    for (const name of ['a', 'b', 'd']) {
      await bench.trash(name)
      await bench.purge(name)
    }
    await lvmHost.release(bench.pool, rig.context())
    expect(await rig.inventory()).toEqual([])
  } finally {
    await rig.close()
  }
})

describe('all that every engine keeps', { tags: ['full'], timeout: 600_000 }, () => describeEngine(thick))
