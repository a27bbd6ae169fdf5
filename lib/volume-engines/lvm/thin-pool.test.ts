import { beforeEach, describe, expect, it } from 'vitest'
import { type LvmSettings, lvm } from '@/lib/volume-engines/lvm/descriptor'
import { growthOf } from '@/lib/volume-engines/lvm/fullness'
import { lvmHost } from '@/lib/volume-engines/lvm/host'
import { failureOf, volumeId, Workbench } from '@/testing/volume-engines/engine-case'
import { EXTENT } from '@/testing/volume-engines/fake-lvm-arguments'
import { FakeLvmRig } from '@/testing/volume-engines/fake-lvm-rig'

const settings: LvmSettings = { mode: 'thin' }
const volume = { sizeBytes: EXTENT, format: 'raw' as const, provisioning: 'thin' as const }
let rig: FakeLvmRig
let bench: Workbench<FakeLvmRig['place'], LvmSettings>

beforeEach(async () => {
  rig = new FakeLvmRig('thin')
  bench = new Workbench(
    { what: 'thin', engine: lvmHost, descriptor: lvm, settings, volume, openRig: async () => rig },
    rig,
  )
  await bench.open()
})

const pool = () => rig.group.volume('holdfast_pool')
/** Nothing is left in the group that the thin pool could have. */
const fillGroup = () => rig.group.makeForeign('somebody', rig.group.freeExtents * EXTENT, 'linear')

describe('how full it is', () => {
  it('is told in percent as LVM measures it, and in bytes', async () => {
    rig.group.dataPercent = 42.17
    const { capacity, warning } = await bench.look()
    const totalBytes = pool().bytes
    const usedBytes = Math.round(totalBytes * 0.4217)
    expect(capacity).toEqual({
      totalBytes,
      usedBytes,
      availableBytes: totalBytes - usedBytes,
      fileCount: null,
      thinPool: { dataPercent: 42.17, metadataPercent: 11.04 },
    })
    expect(warning).toBeNull()
  })

  it('is unknown while it is not active, and not 0', async () => {
    pool().active = 'no'
    const { capacity, warning } = await bench.look()
    expect(capacity).toMatchObject({ usedBytes: null, availableBytes: null })
    expect(capacity.thinPool).toEqual({ dataPercent: null, metadataPercent: null })
    expect(warning).toMatchObject({ problem: 'lvm.thin_pool_inactive' })
    // What is to be made needs the figures.
    await bench.create('a')
    expect(pool().active).toBe('yes')
  })

  it.each([
    ['the data', { dataPercent: 95, metadataPercent: 11 }],
    ['the metadata', { dataPercent: 11, metadataPercent: 95.3 }],
  ])('refuses everything new from 95 percent of %s on, with the figures', async (_what, figures) => {
    await bench.create('a')
    await bench.snapshot('a', 's')
    fillGroup()
    Object.assign(rig.group, figures)
    const before = await rig.inventory()
    const acts = [
      () => bench.create('b'),
      () => bench.snapshot('a', 't'),
      () => bench.clone('b', 'a'),
      () => bench.restore('a', 's'),
      () => bench.copy('b', { volumeId: volumeId('a'), snapshotId: null }),
      () => bench.grow('a', 2 * EXTENT),
    ]
    for (const act of acts) {
      const failure = await failureOf(act())
      expect(failure).toMatchObject({ code: 'disk_full', details: { problem: 'lvm.thin_pool_full' } })
      expect(failure.message).toContain(`${figures.dataPercent} % of the data and ${figures.metadataPercent} %`)
    }
    expect(await rig.inventory()).toEqual(before)
    expect((await bench.look()).warning).toMatchObject({ problem: 'lvm.thin_pool_full' })
    // What makes room goes on.
    await bench.deleteSnapshot('a', 's')
    await bench.trash('a')
    await bench.purge('a')
    expect(await bench.find('a')).toBeNull()
  })

  it('says what LVM says when it does not work', async () => {
    rig.group.health = 'failed'
    expect((await bench.look()).warning).toMatchObject({ problem: 'lvm.thin_pool_failed', values: { found: 'failed' } })
    expect((await failureOf(bench.create('a'))).details).toMatchObject({ problem: 'lvm.thin_pool_failed' })
  })

  it('counts by our limit, whatever the host has in its lvm.conf, and LVM keeps it too', async () => {
    rig.group.dataPercent = 75
    rig.group.hostThreshold = 70
    await bench.create('a')
    rig.group.hostThreshold = 100
    const usual = rig.group.lvm.bind(rig.group)
    rig.group.lvm = (args) => {
      // It has filled up since it was looked at.
      if (args[0] === 'lvcreate') rig.group.dataPercent = 96
      return usual(args)
    }
    const failure = await failureOf(bench.create('b'))
    expect(failure).toMatchObject({ code: 'command_failed', details: { problem: 'lvm.failed' } })
    expect(failure.details?.said).toContain('reached threshold')
    expect(await bench.find('b')).toBeNull()
  })
})

describe('one that fills up', () => {
  it('is made larger by a look, as long as its group has room', async () => {
    const before = pool().bytes
    rig.group.dataPercent = 79
    await bench.look()
    expect(pool().bytes).toBe(before)
    rig.group.dataPercent = 90
    const { capacity } = await bench.look()
    expect(pool().bytes).toBeGreaterThan(before)
    expect(capacity.totalBytes).toBe(pool().bytes)
    expect(rig.logs.join('\n')).toContain('was filling up')
  })

  it('gets what its group has left where that is less than a fifth, of which LVM would take nothing', async () => {
    const before = pool().bytes
    const asked = () => lvmHost.look(bench.pool, true, rig.context())
    rig.group.dataPercent = 82.81
    // As the driver leaves it: 90 % are taken.
    expect(rig.group.freeExtents * EXTENT).toBeLessThan(before / 5)
    await asked()
    expect(pool().bytes).toBeGreaterThan(before * 1.09)
    expect(rig.logs.join('\n')).not.toContain('could not be made larger')
    // What is left is no hundredth of it: nothing is tried, and nothing is said at every look.
    rig.group.dataPercent = 90
    await asked()
    const commands = rig.group.commands.length
    await asked()
    expect(rig.group.commands.slice(commands).map(([verb]) => verb)).not.toContain('lvextend')
  })

  it('shares what is left with its metadata where both fill up', () => {
    const row = { lv_size: 100 * EXTENT, data_percent: 85, metadata_percent: 85 }
    expect(growthOf(row, 10 * EXTENT)).toBe(5)
    expect(growthOf({ ...row, metadata_percent: 10 }, 10 * EXTENT)).toBe(10)
    expect(growthOf({ ...row, data_percent: 10 }, 10 * EXTENT)).toBe(20)
    expect(growthOf(row, 100 * EXTENT)).toBe(20)
  })

  it('is made larger before something is refused', async () => {
    rig.group.dataPercent = 95.5
    await bench.create('a')
    expect(rig.group.dataPercent).toBeLessThan(95)
  })

  it('is looked at all the same when LVM cannot make it larger', async () => {
    const { group } = rig
    group.dataPercent = 85
    // Room that a look still sees, and that is gone when LVM takes it.
    const usual = group.lvm.bind(group)
    group.lvm = (args) => {
      if (args[0] === 'lvextend') fillGroup()
      return usual(args)
    }
    expect((await bench.look()).capacity.thinPool).toMatchObject({ dataPercent: 85 })
    expect(rig.logs.join('\n')).toContain('Insufficient free space')
  })
})

describe('opening', () => {
  it('refuses a thin pool that hands out old data, and one that is not there', async () => {
    rig.group.zeroing = false
    const reopen = () => lvmHost.open(bench.pool, false, rig.context())
    expect((await failureOf(reopen())).details).toMatchObject({ problem: 'lvm.thin_pool_not_zeroing' })
    rig.group.volumes.delete('holdfast_pool')
    expect((await failureOf(reopen())).details).toMatchObject({ problem: 'lvm.thin_pool_missing' })
  })

  it('refuses a group that another host has open, that lacks a disk, or that is not there', async () => {
    const reopen = (place = rig.place) => lvmHost.open({ ...bench.pool, place }, false, rig.context())
    rig.group.tags.add('holdfast_host_hst_b')
    const held = await failureOf(reopen())
    expect(held).toMatchObject({ code: 'conflict', details: { problem: 'lvm.other_host' } })
    expect(held.message).toContain('hst_b')
    rig.group.tags.delete('holdfast_host_hst_b')
    rig.group.missingDisks = 1
    expect((await failureOf(reopen())).details).toMatchObject({ problem: 'lvm.group_incomplete' })
    expect((await failureOf(reopen({ ...rig.place, group: 'vg_none' }))).details).toMatchObject({
      problem: 'lvm.group_missing',
    })
  })

  it('gives a group to neither of two pools that were made in it at the same moment', async () => {
    const fresh = new FakeLvmRig('thin')
    const usual = fresh.group.lvm.bind(fresh.group)
    fresh.group.lvm = (args) => {
      if (args[0] === 'vgchange') fresh.group.tags.add('holdfast.pool=pol_other')
      return usual(args)
    }
    const failure = await failureOf(lvmHost.open({ ...bench.pool, place: fresh.place }, true, fresh.context()))
    expect(failure).toMatchObject({ code: 'conflict', details: { found: 'pol_other' } })
    expect([...fresh.group.tags]).not.toContain(`holdfast.pool=${bench.pool.poolId}`)
  })
})
