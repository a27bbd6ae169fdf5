import { type Cause, causeId, causeOf } from '@/lib/attention/cause'
import type { Facts } from '@/lib/attention/facts'
import { serverOf } from '@/lib/attention/storage-causes'
import { budgetLeft, budgetSeconds, WINDOW_DAYS } from '@/lib/availability/days'
import type { FailedLately } from '@/lib/availability/repository'
import { formatDuration } from '@/lib/units'

/** What is told ends when so much of the budget, in percent, has come back: it comes back day by day. */
const MARGIN_PERCENT = 5

/**
 * Backends that could be used for less of the last 30 days than their objective says; those of one server are one cause. Where a storage
 * fails now that is told, and not that it takes its budget; what was told before goes on.
 */
export function availabilityCauses(facts: Facts, known: readonly Cause[]): Cause[] {
  const failing = new Set(known.flatMap(({ kind, backends }) => (kind === 'storage' ? [...backends] : [])))
  return [...Map.groupBy(facts.failedLately, keyOf)].flatMap(([key, backends]) => {
    const isTold = facts.told.has(causeId(key))
    const isOver = (one: FailedLately) => isOverBudget(one, facts, isTold) && (isTold || !failing.has(one.id))
    return causeFor(key, backends.filter(isOver), facts)
  })
}

function keyOf({ id, driver, config }: FailedLately): string {
  const server = serverOf(driver, config as Record<string, unknown>)
  return server === null ? `backend:${id}:availability` : `server:${server}:availability`
}

function objectiveOf({ id }: FailedLately, { rules }: Facts): number {
  return rules.limits('availability', id).warning
}

function isOverBudget(one: FailedLately, facts: Facts, isTold: boolean): boolean {
  if (!facts.rules.isOn('availability', one.id)) return false
  const left = budgetLeft(one.failingSeconds, budgetSeconds(objectiveOf(one, facts), one.hosts))
  return left !== null && left <= (isTold ? MARGIN_PERCENT : 0)
}

function causeFor(key: string, backends: readonly FailedLately[], facts: Facts): Cause[] {
  const worst = backends.toSorted((one, other) => lostMs(other) - lostMs(one))[0]
  if (worst === undefined) return []
  const { id, name } = worst
  const lost = `${formatDuration(lostMs(worst))} of the last ${WINDOW_DAYS} days`
  const isServer = backends.length > 1
  const server = serverOf(worst.driver, worst.config as Record<string, unknown>)
  return [
    causeOf({
      key,
      kind: 'availability',
      severity: 'warning',
      subject: isServer ? { kind: 'server', id: null, name: server ?? name } : { kind: 'backend', id, name },
      what: isServer
        ? `: ${backends.length} backends could not be used for up to ${lost}, more than their objectives leave`
        : ` could not be used for ${lost}, more than ${objectiveOf(worst, facts)} % leave`,
      advice: isServer
        ? 'See on their pages which hosts that was and what failed there, or give them another objective.'
        : 'See on its page which hosts that was and what failed there, or give it another objective.',
      backends: new Set(backends.map((one) => one.id)),
      members: new Set(backends.map((one) => one.id)),
      hosts: new Set(backends.flatMap(({ hostIds }) => hostIds)),
    }),
  ]
}

/** On a host, in the mean. */
function lostMs({ failingSeconds, hosts }: FailedLately): number {
  return (failingSeconds / hosts) * 1000
}
