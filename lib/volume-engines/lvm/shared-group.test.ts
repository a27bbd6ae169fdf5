import { beforeEach, describe, expect, it } from 'vitest'
import { lvm } from '@/lib/volume-engines/lvm/descriptor'
import { lvmHost } from '@/lib/volume-engines/lvm/host'
import { type EngineCase, failureOf, volumeId, Workbench } from '@/testing/volume-engines/engine-case'
import { FakeLvmRig } from '@/testing/volume-engines/fake-lvm-rig'
import { Loan } from '@/testing/volume-engines/loan'

const MIB = 1024 * 1024
const thick: EngineCase<FakeLvmRig['place'], { mode: 'thin' | 'thick' }> = {
  what: 'thick, on two hosts',
  engine: lvmHost,
  descriptor: lvm,
  settings: { mode: 'thick' },
  volume: { sizeBytes: 4 * MIB, format: 'raw', provisioning: 'full' },
  openRig: async () => new FakeLvmRig('thick'),
}

let rig: FakeLvmRig
let first: Workbench<FakeLvmRig['place'], { mode: 'thin' | 'thick' }>
let second: typeof first

beforeEach(async () => {
  rig = new FakeLvmRig('thick')
  first = new Workbench(thick, rig)
  second = new Workbench(thick, new FakeLvmRig('thick', undefined, rig))
  first.pool.keeper = new Loan(2)
  second.pool.keeper = null
  await first.open()
  await second.open()
})

const fences = () => [...rig.group.tags].filter((tag) => tag.startsWith('holdfast.fence='))
const changes = () => rig.group.commands.filter(([verb = '']) => !['lvs', 'vgs'].includes(verb))

describe('a group that several hosts have open', () => {
  it('is opened on one that is not the keeper without a word written to it', async () => {
    const before = changes().length
    await lvmHost.open(second.pool, false, second.rig.context())
    expect((await second.engine.look(second.pool, false, second.rig.context())).volumes).toEqual([])
    expect(changes()).toHaveLength(before)
    expect([...rig.group.tags].filter((tag) => tag.startsWith('holdfast_host_'))).toEqual([])
  })

  it('gets its mark from the keeper alone', async () => {
    const fresh = new FakeLvmRig('thick')
    const early = lvmHost.open({ ...second.pool, place: fresh.place }, true, fresh.context())
    expect((await failureOf(early)).code).toBe('unavailable')
    expect(fresh.group.commands.some(([verb]) => verb === 'vgchange')).toBe(false)
  })

  it('is changed by the keeper alone, whatever the others are asked for', async () => {
    await first.create('a')
    const before = changes().length
    for (const work of [second.create('b'), second.grow('a', 8 * MIB), second.trash('a')]) {
      expect((await failureOf(work)).code).toBe('conflict')
    }
    expect(changes()).toHaveLength(before)
    expect([...rig.group.volumes.keys()]).toEqual([volumeId('a')])
  })

  it('carries the number of its keeper, and one that was cut off changes nothing any more', async () => {
    await first.create('a')
    expect(fences()).toEqual(['holdfast.fence=2'])
    second.pool.keeper = new Loan(3)
    await second.create('b')
    expect(fences()).toEqual(['holdfast.fence=3'])
    const before = changes().length
    const late = await failureOf(first.create('c'))
    expect(late).toMatchObject({ code: 'conflict', details: { problem: 'lvm.fenced' } })
    expect(late.message).toContain('number 3')
    expect((await failureOf(first.trash('a'))).details).toMatchObject({ problem: 'lvm.fenced' })
    expect(changes()).toHaveLength(before)
  })

  it('is not changed by one that is cut off in the middle: not to go on, and not to take back', async () => {
    const rehearsal = first.rehearse()
    const volume = { ...thick.volume, volumeId: volumeId('a') }
    try {
      // Made, and then cut off before it is cleared and named.
      const made = { step: 1, at: 'noted', how: 'cut' } as const
      await expect(rehearsal.begin((turn) => lvmHost.create(first.pool, volume, null, turn), made)).rejects.toThrow(
        'cut off',
      )
      second.pool.keeper = new Loan(3)
      await second.create('b')
      const before = changes().filter(([verb]) => verb !== 'lvchange').length
      const late = failureOf(rehearsal.begin((turn) => lvmHost.create(first.pool, volume, null, turn)))
      expect((await late).details).toMatchObject({ problem: 'lvm.fenced' })
      expect(changes().filter(([verb]) => verb !== 'lvchange')).toHaveLength(before)
    } finally {
      rehearsal.close()
    }
    // What it had made is cleared up by the next one who works on that volume, and nothing is left open.
    expect([...rig.group.volumes.values()].every(({ active }) => active === 'no')).toBe(true)
    await second.create('a')
    expect([...rig.group.volumes.keys()].sort()).toEqual([volumeId('a'), volumeId('b')].sort())
  })

  it('is read anew where the loan ended between the look and the change', async () => {
    const loan = new Loan(2)
    first.pool.keeper = loan
    loan.isLent = false
    const reads = () => rig.group.commands.filter(([verb]) => verb === 'lvs' || verb === 'vgs').length
    await first.create('a')
    expect(rig.group.volumes.has(volumeId('a'))).toBe(true)
    expect(reads()).toBeGreaterThan(3)
  })

  it('keeps all of 100 changes that two keepers made in turn', async () => {
    for (let at = 0; at < 50; at++) {
      const keeper = at % 2 === 0 ? first : second
      keeper.pool.keeper = new Loan(10 + at)
      await keeper.create(`v${at}`)
      await keeper.grow(`v${at}`, 8 * MIB)
    }
    const { volumes } = await first.look()
    expect(volumes).toHaveLength(50)
    expect(volumes.every(({ sizeBytes, problem }) => sizeBytes === 8 * MIB && problem === null)).toBe(true)
    const taken = [...rig.group.volumes.values()].flatMap(({ extents }) => extents)
    expect(new Set(taken).size).toBe(taken.length)
    expect(fences()).toEqual(['holdfast.fence=59'])
  })

  it('says on each host what is active there, of this pool', async () => {
    await first.create('a')
    const look = (bench: typeof first, isKeeper: boolean) =>
      bench.engine.look(bench.pool, isKeeper, bench.rig.context())
    expect((await look(second, false)).activeVolumes).toEqual([])
    const release = await rig.hold(first.pool, volumeId('a'))
    expect((await look(second, false)).activeVolumes).toEqual([volumeId('a')])
    expect((await look(first, true)).activeVolumes).toEqual([volumeId('a')])
    await release()
  })

  it('begins with new numbers after the pool has gone', async () => {
    await first.create('a')
    await first.trash('a')
    await first.purge('a')
    await lvmHost.release(first.pool, rig.context())
    expect([...rig.group.tags]).toEqual(['holdfast_bkd_1'])
  })
})
