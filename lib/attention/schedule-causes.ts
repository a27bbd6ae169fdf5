import { type Cause, causeOf, earlier } from '@/lib/attention/cause'
import type { Facts } from '@/lib/attention/facts'
import { titleAway } from '@/lib/attention/name-hosts'
import type { ScheduleFact } from '@/lib/attention/pool-facts-repository'
import { firstSentence, namesInShort } from '@/lib/sentences'

const FAILS = {
  snapshot: 'no snapshot was taken',
  deleteSnapshot: 'an old snapshot could not be deleted',
} as const

/** By pool, what failed and why: what keeps one volume from its snapshots keeps others. */
export function scheduleCauses({ schedules }: Pick<Facts, 'schedules'>): Cause[] {
  const groups = Map.groupBy(
    schedules,
    ({ volume, failing, error }) => `${volume.pool.id} ${failing ?? ''} ${error ?? ''}`,
  )
  return [...groups.values()].flatMap(([first, ...others]) => (first ? scheduleCause([first, ...others]) : []))
}

function scheduleCause(facts: readonly [ScheduleFact, ...ScheduleFact[]]): Cause {
  const [{ volume, failing, error }] = facts
  const what = failing === 'deleteSnapshot' ? FAILS.deleteSnapshot : FAILS.snapshot
  const names = namesInShort(facts.map((fact) => fact.volume.name))
  const isOne = facts.length === 1
  return causeOf({
    // Of all of them, so that nobody acknowledges one that they have not seen.
    key: `schedules:${facts.map((fact) => fact.volume.id).join(',')}:${failing ?? ''}`,
    kind: 'volume',
    severity: 'warning',
    subject: isOne
      ? { kind: 'volume', id: volume.id, name: volume.name }
      : { kind: 'pool', id: volume.pool.id, name: volume.pool.name },
    what: `: ${what} by its schedule${isOne ? '' : ` of ${facts.length} volumes, ${names}`}${
      error === null ? '' : `: ${titleAway(firstSentence(error))}`
    }`,
    advice: 'It is tried again by itself. The history of the volume has what the host said.',
    since: facts.reduce<Date | null>((since, { failedSince }) => earlier(since, failedSince), null),
    volumes: new Set(facts.map((fact) => fact.volume.id)),
    places: facts.length,
  })
}
