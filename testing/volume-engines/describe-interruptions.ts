import { describe, expect, it } from 'vitest'
import type { VolumeAct } from '@/lib/volume-engines/contract/descriptor'
import type { EngineTurn } from '@/lib/volume-engines/contract/engine'
import type { PoolPlace } from '@/lib/volume-engines/contract/place'
import { block, type EngineCase, snapshotId, volumeId, type Workbench } from '@/testing/volume-engines/engine-case'
import { CutOff } from '@/testing/volume-engines/rehearsal'

type Bench<Place extends PoolPlace, Settings> = Workbench<Place, Settings>

interface Act<Place extends PoolPlace, Settings> {
  name: string
  needs?: VolumeAct
  prepare(bench: Bench<Place, Settings>): Promise<unknown>
  work(bench: Bench<Place, Settings>, turn: EngineTurn): Promise<unknown>
  /** Letters of the volumes afterwards; null: it is gone or in the trash. */
  after: Record<string, string | null>
}

/** A volume `a` that reads `AB..`, with a snapshot `s` of `A...` and one `t` of `AB..` where it can have them. */
async function prepared<Place extends PoolPlace, Settings>(bench: Bench<Place, Settings>): Promise<void> {
  const hasSnapshots = bench.refusal('snapshot') === null
  await bench.create('a')
  await bench.write('a', 0, 'A')
  if (hasSnapshots) await bench.snapshot('a', 's')
  await bench.write('a', 1, 'B')
  if (hasSnapshots) await bench.snapshot('a', 't')
}

function actsOf<Place extends PoolPlace, Settings>(given: EngineCase<Place, Settings>): Act<Place, Settings>[] {
  type B = Bench<Place, Settings>
  const id = volumeId
  const live = { volumeId: id('a'), snapshotId: null }
  const then = { volumeId: id('a'), snapshotId: snapshotId('s') }
  const prepare = prepared<Place, Settings>
  const trashed = async (bench: B) => {
    await prepare(bench)
    await bench.trash('a')
  }
  const cloned = async (bench: B) => {
    await prepare(bench)
    await bench.clone('b', 'a', 's')
    await bench.write('b', 2, 'C')
  }
  /** Both the volume and the snapshot `t` go on from `s`. */
  const gone = async (bench: B) => {
    await prepare(bench)
    await bench.restore('a', 's')
    await bench.write('a', 3, 'D')
  }
  let foreign = ''
  const { engine, volume } = given
  return [
    {
      name: 'create',
      prepare: async () => undefined,
      work: (bench, turn) => engine.create(bench.pool, { ...volume, volumeId: id('a') }, null, turn),
      after: { a: '....' },
    },
    { name: 'copy', prepare, work: (bench, turn) => bench.copyIn(turn, 'b', live), after: { a: 'AB..', b: 'AB..' } },
    {
      name: 'clone of a volume',
      needs: 'clone',
      prepare,
      work: (bench, turn) => engine.clone(bench.pool, id('b'), live, turn),
      after: { a: 'AB..', b: 'AB..' },
    },
    {
      name: 'clone of a snapshot',
      needs: 'clone',
      prepare,
      work: (bench, turn) => engine.clone(bench.pool, id('b'), then, turn),
      after: { a: 'AB..', b: 'A...' },
    },
    {
      name: 'grow',
      needs: 'grow',
      prepare,
      work: (bench, turn) => engine.grow(bench.pool, id('a'), volume.sizeBytes * 2, turn),
      after: { a: 'AB..' },
    },
    {
      name: 'snapshot',
      needs: 'snapshot',
      prepare,
      work: (bench, turn) => engine.snapshot(bench.pool, id('a'), snapshotId('u'), turn),
      after: { a: 'AB..' },
    },
    {
      name: 'delete of a snapshot',
      needs: 'restore',
      prepare: gone,
      work: (bench, turn) => engine.deleteSnapshot(bench.pool, id('a'), snapshotId('s'), turn),
      after: { a: 'A..D' },
    },
    {
      name: 'restore',
      needs: 'restore',
      prepare,
      work: (bench, turn) => engine.restore(bench.pool, id('a'), snapshotId('s'), turn),
      after: { a: 'A...' },
    },
    {
      name: 'flatten',
      needs: 'flatten',
      prepare: cloned,
      work: (bench, turn) => engine.flatten(bench.pool, id('b'), turn),
      after: { a: 'AB..', b: 'A.C.' },
    },
    { name: 'trash', prepare, work: (bench, turn) => engine.trash(bench.pool, id('a'), turn), after: { a: null } },
    {
      name: 'untrash',
      prepare: trashed,
      work: (bench, turn) => engine.untrash(bench.pool, id('a'), turn),
      after: { a: 'AB..' },
    },
    {
      name: 'purge',
      prepare: trashed,
      work: (bench, turn) => engine.purge(bench.pool, id('a'), turn),
      after: { a: null },
    },
    {
      name: 'adopt',
      prepare: async (bench) => {
        foreign = await bench.rig.putForeign(new Uint8Array([...block('F'), ...block('G')]))
      },
      work: (bench, turn) => engine.adopt(bench.pool, foreign, id('a'), turn),
      after: { a: 'FG' },
    },
  ]
}

/**
 * Cuts off every operation after each of its steps, before and after it is noted, and begins it again with the same journal; and lets each
 * step fail. What is there in the end is what an undisturbed operation leaves, or what was there before.
 */
export function describeInterruptions<Place extends PoolPlace, Settings>(
  given: EngineCase<Place, Settings>,
  inPool: (test: (bench: Bench<Place, Settings>) => Promise<void>) => Promise<void>,
): void {
  const { descriptor, volume, settings } = given
  const expectAfter = async (bench: Bench<Place, Settings>, { after }: Act<Place, Settings>) => {
    for (const [name, letters] of Object.entries(after)) {
      const seen = await bench.find(name)
      if (letters === null) expect(seen === null || seen.isTrashed, name).toBe(true)
      else {
        expect(seen, name).toMatchObject({ isTrashed: false, problem: null })
        expect(await bench.letters(name, letters.length), name).toBe(letters)
      }
    }
  }
  /** What an undisturbed one leaves, and the number of its steps. */
  const undisturbed = async (act: Act<Place, Settings>) => {
    let steps: string[] = []
    let inventory: string[] = []
    await inPool(async (bench) => {
      await act.prepare(bench)
      const rehearsal = bench.rehearse()
      await rehearsal.begin((turn) => act.work(bench, turn))
      steps = rehearsal.steps
      await expectAfter(bench, act)
      inventory = await bench.rig.inventory()
      // Noted as done: nothing happens any more.
      await rehearsal.begin((turn) => act.work(bench, turn))
      expect(await bench.rig.inventory()).toEqual(inventory)
      rehearsal.close()
    })
    expect(steps.length).toBeGreaterThan(0)
    return { steps, inventory }
  }
  const acts = actsOf(given).filter(
    ({ needs }) => needs === undefined || descriptor.refuses(needs, volume, settings as never) === null,
  )

  describe.each(acts)('$name, interrupted', (act) => {
    const finished = async (at: 'worked' | 'noted') => {
      const { steps, inventory } = await undisturbed(act)
      for (const [step, name] of steps.entries()) {
        await inPool(async (bench) => {
          await act.prepare(bench)
          const rehearsal = bench.rehearse()
          const work = (turn: EngineTurn) => act.work(bench, turn)
          await expect(rehearsal.begin(work, { step, at, how: 'cut' }), name).rejects.toBeInstanceOf(CutOff)
          await rehearsal.begin(work)
          rehearsal.close()
          await expectAfter(bench, act)
          expect(await bench.rig.inventory(), name).toEqual(inventory)
        })
      }
    }

    const inEveryRun = { cutOff: given.everyRun !== 'no interruptions', fails: given.everyRun === undefined }
    const only = (isEveryRun: boolean) => (isEveryRun ? {} : { tags: ['full'] })

    it('is finished by the next agent, wherever it was cut off', only(inEveryRun.cutOff), () => finished('worked'))

    it('is finished by the next agent, when a step was noted and no more', { tags: 'full' }, () => finished('noted'))

    it('leaves nothing behind when a step fails, and can be done then', only(inEveryRun.fails), async () => {
      const { steps, inventory } = await undisturbed(act)
      for (const [step, name] of steps.entries()) {
        await inPool(async (bench) => {
          await act.prepare(bench)
          const before = await bench.rig.inventory()
          const work = (turn: EngineTurn) => act.work(bench, turn)
          await expect(bench.turn(work, { step, at: 'worked', how: 'fail' }), name).rejects.toMatchObject({
            code: 'command_failed',
          })
          const left = await bench.rig.inventory()
          const isDone = JSON.stringify(left) === JSON.stringify(inventory)
          if (!isDone) expect(left, name).toEqual(before)
          // What cannot be taken back is brought to its end by whoever asks again.
          await bench.turn(work).catch((error) => {
            if (!isDone) throw error
          })
          await expectAfter(bench, act)
          expect(await bench.rig.inventory(), name).toEqual(inventory)
        })
      }
    })
  })
}
