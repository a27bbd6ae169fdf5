import type { BackendHealth, Health } from '@/lib/availability/schema'
import type { StatusWord } from '@/lib/tones'

const DAY_SECONDS = 86_400

/** As many digits as it takes to tell it from 100 %: `99.95 %`, and never `100 %` for less. */
export function percentWords(percent: number | null): string {
  if (percent === null) return 'Not known'
  if (percent === 100) return '100 %'
  const digits = percent >= 99.9 ? 3 : percent >= 99 ? 2 : 1
  const cut = Math.floor(percent * 10 ** digits) / 10 ** digits
  return `${cut.toFixed(digits)} %`
}

/** `42 s`, `43 min`, `95 min`, `6 h 20 min`: as exactly as a budget is kept. */
export function timeWords(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  const rest = minutes % 60
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`
}

/** How much of the time that the objective lets it fail, on `hosts` hosts together, is used. */
export function budgetWords(
  {
    failing_seconds: failing,
    budget_left_percent: left,
  }: Pick<BackendHealth, 'failing_seconds' | 'budget_left_percent'>,
  { objective, days, hosts }: { objective: number; days: number; hosts: number },
): string {
  const budget = (1 - objective / 100) * days * DAY_SECONDS * hosts
  if (left === null) return budget <= 0 ? 'The objective leaves none' : 'Not known'
  const used = `${failing === 0 ? 'none' : timeWords(failing)} of ${timeWords(budget)} used`
  return left > 0 ? used : `${used}, more than there is`
}

const STATES: Record<Health['state'], StatusWord> = {
  well: { tone: 'healthy', word: 'Reachable' },
  failing: { tone: 'critical', word: 'Failing' },
  unknown: { tone: 'unknown', word: 'Not known' },
}

export function healthStatus({ state }: Pick<Health, 'state'>): StatusWord {
  return STATES[state]
}

export function outageWords(count: number): string {
  if (count === 0) return 'no outage'
  return count === 1 ? '1 outage' : `${count} outages`
}
