import { type Cause, causeOf, earlier } from '@/lib/attention/cause'
import type { Facts } from '@/lib/attention/facts'
import { titleAway } from '@/lib/attention/name-hosts'
import type { ScheduleFact } from '@/lib/attention/pool-facts-repository'
import { firstSentence, namesInShort } from '@/lib/sentences'

const FAILS = {
  snapshot: 'no snapshot was taken',
  deleteSnapshot: 'an old snapshot could not be deleted',
} as const

/** By pool, what failed: what keeps one volume from its snapshots keeps others. */
export function scheduleCauses({ schedules }: Pick<Facts, 'schedules'>): Cause[] {
  const groups = Map.groupBy(schedules, (fact) => `${fact.volume.pool.id} ${whatOf(fact)}`)
  return [...groups.values()].flatMap(([first, ...others]) => (first ? scheduleCause([first, ...others]) : []))
}

function whatOf({ failing }: ScheduleFact): keyof typeof FAILS {
  return failing === 'deleteSnapshot' ? failing : 'snapshot'
}

function scheduleCause(facts: readonly [ScheduleFact, ...ScheduleFact[]]): Cause {
  const [first] = facts
  const { volume, error } = first
  const names = namesInShort(facts.map((fact) => fact.volume.name))
  const isOne = facts.length === 1
  const isAlike = facts.every((fact) => fact.error === error)
  const ids = new Set(facts.map((fact) => fact.volume.id))
  return causeOf({
    key: `pool:${volume.pool.id}:schedules:${whatOf(first)}`,
    kind: 'volume',
    severity: 'warning',
    subject: isOne
      ? { kind: 'volume', id: volume.id, name: volume.name }
      : { kind: 'pool', id: volume.pool.id, name: volume.pool.name },
    what: `: ${FAILS[whatOf(first)]} by its schedule${isOne ? '' : ` of ${facts.length} volumes, ${names}`}${
      error === null || !isAlike ? '' : `: ${titleAway(firstSentence(error))}`
    }`,
    advice: 'It is tried again by itself. The history of the volume has what the host said.',
    since: facts.reduce<Date | null>((since, { failedSince }) => earlier(since, failedSince), null),
    volumes: ids,
    members: ids,
    within: new Set([volume.pool.id, volume.pool.backendId]),
    places: facts.length,
  })
}
