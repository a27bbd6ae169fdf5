import { describe, expect, it } from 'vitest'
import { lvm } from '@/lib/volume-engines/lvm/descriptor'
import { lvmHost } from '@/lib/volume-engines/lvm/host'
import { describeEngine } from '@/testing/volume-engines/describe-engine'
import { type EngineCase, failureOf, volumeId, Workbench } from '@/testing/volume-engines/engine-case'
import { Loan } from '@/testing/volume-engines/loan'
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

const slow = { tags: ['full'], timeout: 300_000 }
it(
  '100 changes by two hosts in turn, with the other asked at once, leave a group that LVM finds in order',
  slow,
  async () => {
    const rig = await RealLvmRig.open(112 * MIB)
    try {
      const hosts = [new Workbench(thick, rig), new Workbench(thick, rig.otherHost())] as const
      await hosts[0].open()
      for (let at = 0; at < 30; at++) {
        const [keeper, late] = at % 2 === 0 ? hosts : hosts.toReversed()
        if (keeper === undefined || late === undefined) throw new Error('two hosts')
        keeper.pool.keeper = new Loan(at + 1)
        await keeper.create(`v${at}`)
        // The one before was cut off, knows nothing of the other, and reads while that one writes.
        const kept = `v${at - 1 - ((at - 1) % 3)}`
        const asked = at === 0 ? [] : [late.create(`late${at}`), late.grow(kept, 12 * MIB)].map(failureOf)
        await keeper.grow(`v${at}`, 8 * MIB)
        for (const failure of await Promise.all(asked)) expect(failure.details).toMatchObject({ problem: 'lvm.fenced' })
        if (at % 3 === 0) continue
        await keeper.trash(`v${at}`)
        await keeper.purge(`v${at}`)
      }
      const kept = Array.from({ length: 10 }, (_none, at) => volumeId(`v${at * 3}`))
      for (const host of hosts) {
        const { volumes } = await host.look()
        expect(volumes.map((one) => one.volumeId).sort()).toEqual(kept.toSorted())
        expect(volumes.every(({ sizeBytes, problem }) => sizeBytes === 8 * MIB && problem === null)).toBe(true)
      }
      expect((await rig.inventory()).filter((line) => line.includes('late'))).toEqual([])
    } finally {
      await rig.close()
    }
  },
)

describe('all that every engine keeps', { tags: ['full'], timeout: 600_000 }, () => describeEngine(thick))
