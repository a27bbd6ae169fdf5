import { describe, expect, it } from 'vitest'
import { HoldfastError } from '@/lib/errors'
import { lvm } from '@/lib/volume-engines/lvm/descriptor'
import { lvmHost } from '@/lib/volume-engines/lvm/host'
import { newName, oldName, poolTag } from '@/lib/volume-engines/lvm/names'
import { failureOf, POOL, volumeId, Workbench } from '@/testing/volume-engines/engine-case'
import { EXTENT } from '@/testing/volume-engines/fake-lvm-arguments'
import { FakeLvmRig } from '@/testing/volume-engines/fake-lvm-rig'
import { runningDisk, runningMachines } from '@/testing/volume-engines/no-machines'

async function benchFor(mode: 'thin' | 'thick', bytes?: number) {
  const rig = new FakeLvmRig(mode, bytes)
  const provisioning = mode === 'thin' ? ('thin' as const) : ('full' as const)
  const volume = { sizeBytes: EXTENT, format: 'raw' as const, provisioning }
  const settings = { mode }
  const bench = new Workbench(
    { what: mode, engine: lvmHost, descriptor: lvm, settings, volume, openRig: async () => rig },
    rig,
  )
  await bench.open()
  return { rig, bench }
}

it('a machine that runs on a thin volume sees at once that it grew, and one that cannot be told fails nothing', async () => {
  const { rig, bench } = await benchFor('thin')
  await bench.create('a')
  const disk = runningDisk(`/dev/vg_san/${volumeId('a')}`)
  const machines = runningMachines([disk, runningDisk('/dev/vg_san/other')])
  rig.machines = machines
  await bench.grow('a', 2 * EXTENT)
  expect(machines.resized).toEqual([{ target: disk.target, sizeBytes: 2 * EXTENT }])
  rig.machines = { ...machines, resize: () => Promise.reject(new HoldfastError('command_failed', 'It is paused.')) }
  await bench.grow('a', 3 * EXTENT)
  expect(rig.group.volume(volumeId('a')).bytes).toBe(3 * EXTENT)
})

describe.each(['thin', 'thick'] as const)('%s', (mode) => {
  it('LVM sees the disks of the pool alone, and nothing is forced', async () => {
    const { rig, bench } = await benchFor(mode)
    await bench.create('a')
    await bench.copy('b', { volumeId: volumeId('a'), snapshotId: null })
    await bench.grow('a', 2 * EXTENT)
    await bench.trash('a')
    await bench.purge('a')
    for (const args of rig.group.commands) {
      expect(args.slice(1, 3)).toEqual(['--devices', '/dev/sdc'])
      for (const word of ['-f', '-ff', '--force', '-y', '--yes']) expect(args).not.toContain(word)
    }
  })

  it('is deleted although udev still looks at what its last user wrote', async () => {
    const { rig, bench } = await benchFor(mode)
    await bench.create('a')
    const volume = rig.group.volume(volumeId('a'))
    for (const work of [() => bench.trash('a'), () => bench.purge('a')]) {
      volume.active = 'yes'
      volume.open = 1
      const done = work()
      setTimeout(() => {
        volume.open = 0
      }, 300)
      await done
    }
    expect(rig.group.volumes.has(volumeId('a'))).toBe(false)
  })

  it('waits for udev after each program that wrote to a volume, its own too', async () => {
    const { rig, bench } = await benchFor(mode)
    rig.udevLooksMs = 300
    rig.group.discards = 'passdown'
    await bench.create('a')
    await bench.copy('b', { volumeId: volumeId('a'), snapshotId: null })
    await bench.grow('b', 2 * EXTENT)
    await bench.trash('b')
    await bench.purge('b')
    expect(rig.group.volumes.has(volumeId('b'))).toBe(false)
    expect(rig.programs.filter(([command]) => command === 'blkdiscard')).not.toEqual([])
  })

  it('a copy of a thick one is read from what nobody can write to, and nothing is active afterwards', async () => {
    const { rig, bench } = await benchFor(mode)
    await bench.create('a')
    const { rig: _rig, pool } = bench
    const source = await lvmHost.source(pool, { volumeId: volumeId('a'), snapshotId: null }, rig.context())
    expect(source).toMatchObject({ format: 'raw', location: `/dev/vg_san/${volumeId('a')}`, sizeBytes: EXTENT })
    expect(rig.group.volume(volumeId('a')).active).toBe(mode === 'thick' ? 'read' : 'yes')
    await source.done?.(rig.context())
    await bench.copy('b', { volumeId: volumeId('a'), snapshotId: null })
    const active = [...rig.group.volumes.values()].filter(({ active }) => active !== 'no').map(({ name }) => name)
    expect(active).toEqual(mode === 'thin' ? ['holdfast_pool'] : [])
    const convert = rig.programs.find(([command]) => command === 'qemu-img')
    expect(convert?.slice(1, 9)).toEqual(['convert', '-p', '-f', 'raw', '-n', '-O', 'raw', '-t'])
    // A thin volume stays thin; on a thick one zeros are written, since it holds what others have left.
    expect(convert?.includes('--target-is-zero')).toBe(mode === 'thin')
  })

  it('what an operation left whose journal is lost is cleared up by the next one', async () => {
    const { rig, bench } = await benchFor(mode)
    await bench.create('a')
    await bench.write('a', 0, 'A')
    const clean = await rig.inventory()
    const { group } = rig
    const kind = mode === 'thin' ? 'thin' : 'linear'
    // A volume whose place was just being taken.
    const moved = group.volume(volumeId('a'))
    group.volumes.delete(moved.name)
    moved.name = oldName(volumeId('a'))
    group.volumes.set(moved.name, moved)
    group.makeForeign(newName(volumeId('a')), EXTENT, kind).tags.add(poolTag(POOL))
    expect(await bench.seen('a')).toMatchObject({ volumeId: volumeId('a'), sizeBytes: EXTENT })
    expect((await bench.look()).volumes).toHaveLength(1)
    await bench.trash('a')
    await bench.untrash('a')
    expect(await bench.letters('a', 1)).toBe('A')
    expect(await rig.inventory()).toEqual(clean)
  })

  it('an image inside of something foreign is neither copied nor adopted', async () => {
    const { rig, bench } = await benchFor(mode)
    const name = await rig.putForeign(new TextEncoder().encode('QFI\xfb and a backing file'.padEnd(512)))
    for (const act of [() => bench.copy('b', { foreign: name }), () => bench.adopt('b', name)]) {
      expect((await failureOf(act())).code).toBe('unsupported')
    }
    expect(rig.group.volume(name).active).toBe('no')
    expect((await bench.look()).foreign).toHaveLength(1)
  })

  it('what holds volumes of others, or is open, is not adopted', async () => {
    const { rig, bench } = await benchFor(mode)
    const other = rig.group.makeForeign('other_pool', EXTENT, 'linear')
    other.kind = 'thin-pool'
    expect((await bench.look()).foreign).toEqual([{ name: 'other_pool', kind: 'other', bytes: EXTENT, format: null }])
    expect((await failureOf(bench.adopt('a', 'other_pool'))).code).toBe('unsupported')
    const wrong = rig.group.makeForeign('of_the_other_kind', EXTENT, mode === 'thin' ? 'linear' : 'thin')
    expect((await failureOf(bench.adopt('a', wrong.name))).code).toBe('unsupported')
    wrong.active = 'yes'
    wrong.open = 1
    expect((await failureOf(bench.adopt('a', wrong.name))).code).toBe('busy')
    wrong.open = 0
  })
})

describe('thin', () => {
  it('takes what was written to it, as long as it is active', async () => {
    const { rig, bench } = await benchFor('thin')
    await bench.create('a')
    await bench.write('a', 0, 'A')
    expect((await bench.seen('a')).allocatedBytes).toBeNull()
    const release = await rig.hold(bench.pool, volumeId('a'))
    // LVM tells hundredths of a percent.
    expect((await bench.seen('a')).allocatedBytes).toBeCloseTo(4096, -3)
    await release()
  })

  it('tells the LUN what it gave back, where the thin pool passes that on', async () => {
    const { rig, bench } = await benchFor('thin')
    for (const [name, discards] of [
      ['a', 'passdown'],
      ['b', 'nopassdown'],
    ] as const) {
      rig.group.discards = discards
      await bench.create(name)
      await bench.trash(name)
      await bench.purge(name)
    }
    expect(rig.programs).toEqual([['blkdiscard', '--', `/dev/vg_san/${volumeId('a')}`]])
  })

  it('that was being purged does not come back out of the trash', async () => {
    const { rig, bench } = await benchFor('thin')
    await bench.create('a')
    await bench.trash('a')
    const usual = rig.group.lvm.bind(rig.group)
    rig.group.lvm = (args) => {
      if (args[0] === 'lvremove') return usual(['lvremove', '--devices', '/dev/sdc', '--', 'vg_san/none'])
      return usual(args)
    }
    expect((await failureOf(bench.purge('a'))).code).toBe('command_failed')
    expect((await bench.seen('a')).problem).toMatchObject({ problem: 'lvm.being_purged' })
    expect((await failureOf(bench.untrash('a'))).details).toMatchObject({ problem: 'lvm.being_purged' })
    rig.group.lvm = usual
    await bench.purge('a')
    expect(await bench.find('a')).toBeNull()
  })

  it('a snapshot cannot be written to, and a restored volume can', async () => {
    const { rig, bench } = await benchFor('thin')
    await bench.create('a')
    await bench.snapshot('a', 's')
    const [snapshot] = (await bench.seen('a')).snapshots
    expect(rig.group.volume(snapshot?.snapshotId ?? '').isReadOnly).toBe(true)
    await bench.restore('a', 's')
    expect(rig.group.volume(volumeId('a')).isReadOnly).toBe(false)
  })
})

describe('thick', () => {
  it('is refused when the group has not that much room, with the figures', async () => {
    const { rig, bench } = await benchFor('thick', 4 * EXTENT)
    await bench.create('a', { sizeBytes: 3 * EXTENT })
    const before = await rig.inventory()
    for (const act of [() => bench.create('b', { sizeBytes: 2 * EXTENT }), () => bench.grow('a', 5 * EXTENT)]) {
      const failure = await failureOf(act())
      expect(failure).toMatchObject({ code: 'disk_full', details: { problem: 'lvm.no_room' } })
      expect(failure.message).toBe('It needs 8.00 MiB, and 4.00 MiB are left in the volume group vg_san.')
    }
    expect(await rig.inventory()).toEqual(before)
  })

  it('shows nothing of others where it grows, in pieces too', async () => {
    const { bench } = await benchFor('thick')
    await bench.create('a')
    await bench.create('b')
    await bench.write('a', 0, 'A')
    // What is behind it is taken: its second piece lies elsewhere, and LVM tells of it twice.
    await bench.grow('a', 3 * EXTENT)
    expect((await bench.look()).volumes).toHaveLength(2)
    expect(await bench.letters('a', (3 * EXTENT) / 4096)).toMatch(/^A\.+$/)
  })

  it('that was not made larger to the end says so, is read by nobody, and is finished by another try', async () => {
    const { rig, bench } = await benchFor('thick')
    await bench.create('a')
    const volume = rig.group.volume(volumeId('a'))
    volume.tags.add(`holdfast.zero-from=${EXTENT}`)
    rig.group.lvm(['lvextend', '--devices', '/dev/sdc', '--size', `${2 * EXTENT}b`, '--', `vg_san/${volume.name}`])
    expect((await bench.seen('a')).problem).toMatchObject({ problem: 'lvm.growth_unfinished' })
    const copied = await failureOf(bench.copy('b', { volumeId: volumeId('a'), snapshotId: null }))
    expect(copied.details).toMatchObject({ problem: 'lvm.growth_unfinished' })
    await bench.grow('a', 2 * EXTENT)
    expect((await bench.seen('a')).problem).toBeNull()
    expect(await bench.letters('a', (2 * EXTENT) / 4096)).toMatch(/^\.+$/)
  })

  it('has no snapshots and no clones, and says why', async () => {
    const { rig, bench } = await benchFor('thick')
    await bench.create('a')
    const before = await rig.inventory()
    for (const act of [() => bench.snapshot('a', 's'), () => bench.clone('b', 'a'), () => bench.restore('a', 's')]) {
      expect(await failureOf(act())).toMatchObject({ code: 'unsupported', message: expect.stringContaining('copy it') })
    }
    expect(await rig.inventory()).toEqual(before)
  })
})
