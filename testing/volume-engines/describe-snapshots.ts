import { describe, expect, it } from 'vitest'
import type { VolumeAct } from '@/lib/volume-engines/contract/descriptor'
import type { PoolPlace } from '@/lib/volume-engines/contract/place'
import { type EngineCase, failureOf, snapshotId, volumeId, type Workbench } from '@/testing/volume-engines/engine-case'

/** Part of `describeEngine`: what volumes go on from, their snapshots and what they are cloned of, where they can have them. */
export function describeSnapshots<Place extends PoolPlace, Settings>(
  { volume, descriptor, settings }: EngineCase<Place, Settings>,
  inPool: (test: (bench: Workbench<Place, Settings>) => Promise<void>) => Promise<void>,
): void {
  const can = (act: VolumeAct) => descriptor.refuses(act, volume, settings as never) === null

  /** A clone needs what it came from; where it does not, there is nothing to flatten. */
  const isTied = can('flatten')

  // Not skipped but absent: what a volume cannot do is tried below.
  if (can('snapshot') && can('restore'))
    describe('a snapshot', () => {
      it('keeps what was there when it was taken, and brings it back as often as wanted', async () => {
        await inPool(async (bench) => {
          await bench.create('a')
          await bench.write('a', 0, 'A')
          expect(await bench.snapshot('a', 's1')).toBe('unused')
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
          await bench.grow('b', volume.sizeBytes * 2)
          expect([await bench.letters('a'), await bench.letters('b')]).toEqual(['AX..', 'AB..'])
          const sizes = [await bench.seen('a'), await bench.seen('b')].map(({ sizeBytes }) => sizeBytes)
          expect(sizes).toEqual([volume.sizeBytes, volume.sizeBytes * 2])
          // A parent grows beside its clones, which see nothing of it.
          await bench.clone('c', 'a')
          await bench.grow('a', volume.sizeBytes * 2)
          expect(await bench.seen('a')).toMatchObject({ sizeBytes: volume.sizeBytes * 2, problem: null })
          expect(await bench.seen('c')).toMatchObject({ sizeBytes: volume.sizeBytes, problem: null })
          expect([await bench.letters('a'), await bench.letters('c')]).toEqual(['AX..', 'AX..'])
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
}
