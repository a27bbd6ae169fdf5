import { describe, expect, it } from 'vitest'
import type { PoolPlace } from '@/lib/volume-engines/contract/place'
import { describeInterruptions } from '@/testing/volume-engines/describe-interruptions'
import { describeSnapshots } from '@/testing/volume-engines/describe-snapshots'
import {
  BLOCK,
  block,
  type EngineCase,
  failureOf,
  OTHER_POOL,
  volumeId,
  Workbench,
} from '@/testing/volume-engines/engine-case'

/**
 * What every engine of volumes must keep. Its test is a few lines: the engine, what it creates, and a rig, real or simulated. What its
 * volumes cannot do, as the descriptor says, is tried too: it must be refused.
 */
export function describeEngine<Place extends PoolPlace, Settings>(given: EngineCase<Place, Settings>): void {
  const { volume, descriptor } = given
  const inPool = async (test: (bench: Workbench<Place, Settings>) => Promise<void>, isOpen = true): Promise<void> => {
    const rig = await given.openRig()
    try {
      const bench = new Workbench(given, rig)
      if (isOpen) await bench.open()
      await test(bench)
    } finally {
      await rig.close()
    }
  }
  const can = (act: Parameters<typeof descriptor.refuses>[0]) =>
    descriptor.refuses(act, volume, given.settings as never) === null

  describe(`${descriptor.title}: ${given.what}`, () => {
    describe('a pool', () => {
      it('is made once, and found again by its mark', async () => {
        await inPool(async (bench) => {
          await bench.open()
          await bench.engine.open(bench.pool, false, bench.rig.context())
          const view = await bench.look()
          expect(view).toMatchObject({ volumes: [], foreign: [] })
        })
      })

      it('is not taken for another one', async () => {
        await inPool(async (bench) => {
          const before = await bench.rig.inventory()
          for (const isNew of [true, false]) {
            const other = { ...bench.pool, poolId: OTHER_POOL }
            expect(await failureOf(bench.engine.open(other, isNew, bench.rig.context()))).toMatchObject({
              code: 'conflict',
            })
          }
          expect(await bench.rig.inventory()).toEqual(before)
        })
      })

      it('that was made before is not made again where its mark is missing', async () => {
        await inPool(async (bench) => {
          const before = await bench.rig.inventory()
          const failure = await failureOf(bench.engine.open(bench.pool, false, bench.rig.context()))
          expect(failure.code).toBe('conflict')
          expect(await bench.rig.inventory()).toEqual(before)
        }, false)
      })

      it('is released when it is empty, twice too, and not before', async () => {
        await inPool(async (bench) => {
          await bench.create('a')
          expect((await failureOf(bench.engine.release(bench.pool, bench.rig.context()))).code).toBe('busy')
          await bench.trash('a')
          expect((await failureOf(bench.engine.release(bench.pool, bench.rig.context()))).code).toBe('busy')
          await bench.purge('a')
          for (const _time of [1, 2]) await bench.engine.release(bench.pool, bench.rig.context())
          const other = { ...bench.pool, poolId: OTHER_POOL }
          await bench.engine.open(other, true, bench.rig.context())
        })
      })

      it('tells what it holds: known figures or none', async () => {
        await inPool(async (bench) => {
          await bench.create('a')
          const { capacity, volumes } = await bench.look()
          for (const figure of [capacity.totalBytes, capacity.usedBytes, capacity.availableBytes]) {
            if (figure !== null) expect(figure).toBeGreaterThanOrEqual(0)
          }
          expect(volumes.map(({ volumeId }) => volumeId)).toEqual([volumeId('a')])
          const alone = await bench.engine.look(bench.pool, false, bench.rig.context())
          expect(alone).toMatchObject({ volumes: [], foreign: [] })
          expect(alone.capacity.totalBytes).toBe(capacity.totalBytes)
        })
      })
    })

    describe('a volume', () => {
      it('is created empty and as large as wanted, with nothing of an earlier one', async () => {
        await inPool(async (bench) => {
          expect(await bench.find('a')).toBeNull()
          await bench.create('a')
          const { provisioning: _none, ...shape } = volume
          expect(await bench.seen('a')).toMatchObject({
            ...shape,
            volumeId: volumeId('a'),
            isTrashed: false,
            parent: null,
            snapshots: [],
            isInUse: false,
            problem: null,
          })
          expect(await bench.letters('a')).toBe('....')
          expect((await bench.look()).volumes).toEqual([await bench.seen('a')])
        })
      })

      it('is never created over another one', async () => {
        await inPool(async (bench) => {
          await bench.create('a')
          await bench.write('a', 0, 'A')
          expect((await failureOf(bench.create('a'))).code).toBe('conflict')
          expect(await bench.letters('a')).toBe('A...')
          await bench.trash('a')
          expect((await failureOf(bench.create('a'))).code).toBe('conflict')
          await bench.untrash('a')
          expect(await bench.letters('a')).toBe('A...')
        })
      })

      it('is copied whole, and both go their own ways', async () => {
        await inPool(async (bench) => {
          await bench.create('a')
          await bench.write('a', 1, 'A')
          await bench.copy('b', { volumeId: volumeId('a'), snapshotId: null })
          await bench.write('a', 1, 'X')
          await bench.write('b', 2, 'B')
          expect([await bench.letters('a'), await bench.letters('b')]).toEqual(['.X..', '.AB.'])
          expect(await bench.seen('b')).toMatchObject({ parent: null, sizeBytes: volume.sizeBytes })
        })
      })

      it('grows with all that is in it, and never shrinks', async () => {
        await inPool(async (bench) => {
          await bench.create('a')
          await bench.write('a', 3, 'A')
          const larger = volume.sizeBytes * 2
          for (const _time of [1, 2]) await bench.grow('a', larger)
          expect((await bench.seen('a')).sizeBytes).toBe(larger)
          expect(await bench.letters('a')).toBe('...A')
          await bench.write('a', larger / BLOCK - 1, 'Z')
          expect((await failureOf(bench.grow('a', volume.sizeBytes))).code).toBe('invalid_input')
          expect((await bench.seen('a')).sizeBytes).toBe(larger)
        })
      })

      it('goes into the trash, comes back whole, and is purged only from there', async () => {
        await inPool(async (bench) => {
          const empty = await bench.rig.inventory()
          await bench.create('a')
          await bench.write('a', 0, 'A')
          expect((await failureOf(bench.purge('a'))).code).toBe('conflict')
          for (const _time of [1, 2]) await bench.trash('a')
          expect(await bench.seen('a')).toMatchObject({ isTrashed: true, sizeBytes: volume.sizeBytes })
          expect((await failureOf(bench.grow('a', volume.sizeBytes * 2))).code).toBe('conflict')
          for (const _time of [1, 2]) await bench.untrash('a')
          expect(await bench.seen('a')).toMatchObject({ isTrashed: false })
          expect(await bench.letters('a')).toBe('A...')
          await bench.trash('a')
          for (const _time of [1, 2]) await bench.purge('a')
          expect(await bench.find('a')).toBeNull()
          expect(await bench.rig.inventory()).toEqual(empty)
        })
      })

      it('that is not there is said to be missing', async () => {
        await inPool(async (bench) => {
          const missing: (() => Promise<unknown>)[] = [
            () => bench.grow('a', volume.sizeBytes),
            () => bench.trash('a'),
            () => bench.untrash('a'),
            () => bench.copy('b', { volumeId: volumeId('a'), snapshotId: null }),
          ]
          if (can('snapshot')) missing.push(() => bench.snapshot('a', 's'))
          if (can('clone')) missing.push(() => bench.clone('b', 'a'))
          for (const one of missing) expect((await failureOf(one())).code).toBe('not_found')
        })
      })

      it('that something has open is told to be in use, and is not touched', async () => {
        await inPool(async (bench) => {
          const { hold } = bench.rig
          if (hold === undefined) return
          await bench.create('a')
          const release = await hold.call(bench.rig, bench.pool as never, volumeId('a'))
          try {
            expect((await bench.seen('a')).isInUse).toBe(true)
            const acts: (() => Promise<unknown>)[] = [() => bench.trash('a')]
            if (can('snapshot')) acts.push(() => bench.snapshot('a', 's'))
            for (const act of acts) expect((await failureOf(act())).code).toBe('busy')
          } finally {
            await release()
          }
          expect((await bench.seen('a')).isInUse).toBe(false)
          await bench.trash('a')
        })
      })
    })

    describeSnapshots(given, inPool)

    describe('what is foreign', () => {
      it('is told of and never touched', async () => {
        await inPool(async (bench) => {
          const name = await bench.rig.putForeign(block('F'))
          expect((await bench.look()).foreign.map((one) => one.name)).toEqual([name])
          await bench.create('a')
          await bench.copy('b', { foreign: name })
          expect(await bench.letters('b', 1)).toBe('F')
          for (const one of ['a', 'b']) {
            await bench.trash(one)
            await bench.purge(one)
          }
          await bench.engine.release(bench.pool, bench.rig.context())
          expect(await bench.rig.readForeign(name)).toEqual(block('F'))
        })
      })

      it('becomes a volume when it is adopted', async () => {
        await inPool(async (bench) => {
          const name = await bench.rig.putForeign(new Uint8Array([...block('F'), ...block('G')]))
          await bench.adopt('a', name)
          expect(await bench.letters('a', 2)).toBe('FG')
          expect((await bench.look()).foreign).toEqual([])
          expect(await bench.seen('a')).toMatchObject({ volumeId: volumeId('a'), problem: null })
          expect((await failureOf(bench.adopt('b', name))).code).toBe('not_found')
        })
      })
    })

    describeInterruptions(given, inPool)
  })
}
