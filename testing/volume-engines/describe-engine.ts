import { describe, expect, it } from 'vitest'
import type { PoolPlace } from '@/lib/volume-engines/contract/place'
import { describeInterruptions } from '@/testing/volume-engines/describe-interruptions'
import {
  BLOCK,
  block,
  type EngineCase,
  failureOf,
  OTHER_POOL,
  snapshotId,
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

  /** A clone needs what it came from; where it does not, there is nothing to flatten. */
  const isTied = can('flatten')

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
          const missing = [
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
            const acts = [() => bench.trash('a')]
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

    // Not skipped but absent: what a volume cannot do is tried below.
    if (can('snapshot') && can('restore'))
      describe('a snapshot', () => {
        it('keeps what was there when it was taken, and brings it back as often as wanted', async () => {
          await inPool(async (bench) => {
            await bench.create('a')
            await bench.write('a', 0, 'A')
            await bench.snapshot('a', 's1')
            await bench.write('a', 0, 'B')
            await bench.write('a', 1, 'B')
            await bench.snapshot('a', 's2')
            await bench.write('a', 1, 'C')
            expect((await bench.seen('a')).snapshots.map((one) => one.snapshotId).sort()).toEqual(
              [snapshotId('s1'), snapshotId('s2')].sort(),
            )
            for (const _time of [1, 2]) {
              await bench.restore('a', 's1')
              expect(await bench.letters('a')).toBe('A...')
              await bench.write('a', 2, 'D')
              await bench.restore('a', 's2')
              expect(await bench.letters('a')).toBe('BB..')
            }
            expect((await bench.seen('a')).snapshots).toHaveLength(2)
          })
        })

        it('is taken once under its name', async () => {
          await inPool(async (bench) => {
            await bench.create('a')
            await bench.write('a', 0, 'A')
            await bench.snapshot('a', 's')
            await bench.write('a', 0, 'B')
            expect((await failureOf(bench.snapshot('a', 's'))).code).toBe('conflict')
            await bench.restore('a', 's')
            expect(await bench.letters('a')).toBe('A...')
            expect((await failureOf(bench.restore('a', 'none'))).code).toBe('not_found')
          })
        })

        it('is deleted without a change of the volume or of the others', async () => {
          await inPool(async (bench) => {
            await bench.create('a')
            await bench.write('a', 0, 'A')
            const plain = await bench.rig.inventory()
            for (const [snapshot, letter] of ['s1', 's2', 's3'].map((name, at) => [name, 'BCD'[at] ?? '']) as [
              string,
              string,
            ][]) {
              await bench.snapshot('a', snapshot)
              await bench.write('a', 1, letter)
            }
            for (const _time of [1, 2]) await bench.deleteSnapshot('a', 's2')
            expect(await bench.letters('a')).toBe('AD..')
            await bench.restore('a', 's1')
            await bench.write('a', 2, 'E')
            expect(await bench.letters('a')).toBe('A.E.')
            // The volume goes on from this one, and so does the snapshot after it.
            await bench.deleteSnapshot('a', 's1')
            expect(await bench.letters('a')).toBe('A.E.')
            await bench.restore('a', 's3')
            expect(await bench.letters('a')).toBe('AC..')
            await bench.deleteSnapshot('a', 's3')
            expect(await bench.letters('a')).toBe('AC..')
            expect(await bench.seen('a')).toMatchObject({ snapshots: [], problem: null })
            expect(await bench.rig.inventory()).toEqual(plain)
          })
        })

        it('is copied as it was', async () => {
          await inPool(async (bench) => {
            await bench.create('a')
            await bench.write('a', 0, 'A')
            await bench.snapshot('a', 's')
            await bench.write('a', 0, 'B')
            await bench.copy('b', { volumeId: volumeId('a'), snapshotId: snapshotId('s') })
            expect(await bench.letters('b')).toBe('A...')
          })
        })

        it('goes into the trash with its volume, and is purged with it', async () => {
          await inPool(async (bench) => {
            const empty = await bench.rig.inventory()
            await bench.create('a')
            await bench.write('a', 0, 'A')
            await bench.snapshot('a', 's')
            await bench.trash('a')
            await bench.untrash('a')
            await bench.restore('a', 's')
            expect(await bench.letters('a')).toBe('A...')
            await bench.trash('a')
            await bench.purge('a')
            expect(await bench.rig.inventory()).toEqual(empty)
          })
        })
      })

    if (can('clone'))
      describe('a clone', () => {
        it('of a volume goes its own way, and so does its parent', async () => {
          await inPool(async (bench) => {
            await bench.create('a')
            await bench.write('a', 0, 'A')
            await bench.clone('b', 'a')
            expect(await bench.seen('b')).toMatchObject({ sizeBytes: volume.sizeBytes, problem: null })
            expect((await bench.seen('b')).parent?.volumeId).toBe(isTied ? volumeId('a') : undefined)
            await bench.write('a', 1, 'X')
            await bench.write('b', 1, 'B')
            expect([await bench.letters('a'), await bench.letters('b')]).toEqual(['AX..', 'AB..'])
            expect((await failureOf(bench.clone('b', 'a'))).code).toBe('conflict')
          })
        })

        it('of a snapshot begins with what that kept', async () => {
          await inPool(async (bench) => {
            await bench.create('a')
            await bench.write('a', 0, 'A')
            await bench.snapshot('a', 's')
            await bench.write('a', 0, 'X')
            await bench.clone('b', 'a', 's')
            const parent = { volumeId: volumeId('a'), snapshotId: snapshotId('s') }
            expect((await bench.seen('b')).parent).toEqual(isTied ? parent : null)
            expect([await bench.letters('a'), await bench.letters('b')]).toEqual(['X...', 'A...'])
          })
        })

        if (!isTied)
          it('is whole without what it came from', async () => {
            await inPool(async (bench) => {
              const empty = await bench.rig.inventory()
              await bench.create('a')
              await bench.write('a', 0, 'A')
              await bench.snapshot('a', 's')
              await bench.clone('b', 'a', 's')
              await bench.clone('c', 'a')
              await bench.deleteSnapshot('a', 's')
              await bench.trash('a')
              await bench.purge('a')
              expect([await bench.letters('b'), await bench.letters('c')]).toEqual(['A...', 'A...'])
              expect((await failureOf(bench.flatten('b'))).code).toBe('unsupported')
              for (const clone of ['b', 'c']) {
                await bench.trash(clone)
                await bench.purge(clone)
              }
              expect(await bench.rig.inventory()).toEqual(empty)
            })
          })

        if (isTied)
          it('keeps what it came from until it is flattened or purged', async () => {
            await inPool(async (bench) => {
              await bench.create('a')
              await bench.write('a', 0, 'A')
              await bench.snapshot('a', 's')
              await bench.clone('b', 'a', 's')
              await bench.clone('c', 'a', 's')
              const refused = [await failureOf(bench.trash('a')), await failureOf(bench.deleteSnapshot('a', 's'))]
              for (const { code, details } of refused) {
                expect(code).toBe('in_use')
                expect(details).toEqual({ children: [volumeId('b'), volumeId('c')].sort() })
              }
              for (const _time of [1, 2]) await bench.flatten('b')
              expect(await bench.seen('b')).toMatchObject({ parent: null, problem: null })
              expect(await bench.letters('b')).toBe('A...')
              await bench.trash('c')
              await bench.purge('c')
              await bench.deleteSnapshot('a', 's')
              await bench.trash('a')
              await bench.purge('a')
              expect(await bench.letters('b')).toBe('A...')
            })
          })
      })

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
