import { isFullSoon } from '@/lib/alerts/rules'
import { type Cause, causeId, causeOf } from '@/lib/attention/cause'
import type { Facts } from '@/lib/attention/facts'
import type { FillingFact } from '@/lib/attention/forecast-facts-repository'
import { formatBytes } from '@/lib/units'

const DAY_MS = 86_400_000

/** Storages that will be full within days. `known` are the other causes: of what is nearly full now, nobody needs a forecast. */
export function forecastCauses(
  { filling, told, rules }: Pick<Facts, 'filling' | 'told' | 'rules'>,
  known: readonly Cause[],
  now: Date,
): Cause[] {
  const full = known.filter(({ kind }) => kind === 'capacity')
  const isFull = ({ subject }: FillingFact) =>
    full.some(({ backends, pools }) => backends.has(subject.id) || pools.has(subject.id))
  const causes: Cause[] = []
  // Backends first: a pool that fills is seen of the storage below it too, and that is the cause.
  for (const fact of filling.toSorted((a, b) => ORDER.indexOf(a.subject.kind) - ORDER.indexOf(b.subject.kind))) {
    const key = keyOf(fact)
    const leftMs = fact.fullAt.getTime() - now.getTime()
    if (isFull(fact) || !isFullSoon(leftMs, told.has(causeId(key)), rules.limits('forecast', fact.subject.id))) continue
    const below = causes.find(
      ({ backends, hosts }) =>
        fact.backendId !== null && backends.has(fact.backendId) && (hosts.size === 0 || hosts.has(fact.host?.id ?? '')),
    )
    if (below === undefined) causes.push(causeIn(fact, key, leftMs))
    else if (fact.subject.kind === 'pool') below.pools.add(fact.subject.id)
    else below.mounts.add(fact.subject.id)
  }
  return causes
}

const ORDER = ['backend', 'pool', 'mount']

function keyOf({ subject, host }: FillingFact): string {
  return `${subject.kind}:${subject.id}:forecast${host === null ? '' : `:${host.id}`}`
}

function causeIn({ subject, host, backendId, growthBytesPerDay }: FillingFact, key: string, leftMs: number): Cause {
  const days = Math.max(1, Math.round(leftMs / DAY_MS))
  const ids = new Set([subject.id])
  return causeOf({
    key,
    kind: 'forecast',
    severity: 'warning',
    subject,
    what: ` will be full in about ${days === 1 ? 'a day' : `${days} days`}, if it goes on as it has: ${formatBytes(growthBytesPerDay)} more each day`,
    advice: 'Free some space there, or make the storage larger. Its page has the history.',
    hosts: new Set(host === null ? [] : [host.id]),
    within: new Set(backendId === null ? [] : [backendId]),
    ...(subject.kind === 'backend' ? { backends: ids } : subject.kind === 'pool' ? { pools: ids } : { mounts: ids }),
  })
}
