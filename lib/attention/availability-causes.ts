import { type Cause, causeId, causeOf } from '@/lib/attention/cause'
import type { Facts } from '@/lib/attention/facts'
import { budgetLeft, budgetSeconds, WINDOW_DAYS } from '@/lib/availability/days'
import { formatDuration } from '@/lib/units'

/** What is told ends when so much of the budget, in percent, has come back: it comes back day by day. */
const MARGIN_PERCENT = 5

/** Backends that could be used for less of the last 30 days than their objective says. */
export function availabilityCauses({ failedLately, rules, told }: Facts): Cause[] {
  return failedLately.flatMap(({ id, name, failingSeconds, hosts, hostIds }) => {
    const key = `backend:${id}:availability`
    const objective = rules.limits('availability', id).warning
    const left = budgetLeft(failingSeconds, budgetSeconds(objective, hosts))
    if (left === null || left > (told.has(causeId(key)) ? MARGIN_PERCENT : 0)) return []
    const lost = formatDuration((failingSeconds / hosts) * 1000)
    return causeOf({
      key,
      kind: 'availability',
      severity: 'warning',
      subject: { kind: 'backend', id, name },
      what: ` could not be used for ${lost} of the last ${WINDOW_DAYS} days, more than ${objective} % leave`,
      advice: 'See on its page which hosts that was and what failed there, or give it another objective.',
      backends: new Set([id]),
      hosts: new Set(hostIds),
    })
  })
}
