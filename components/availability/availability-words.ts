import type { BackendHealth, HostHealth } from '@/lib/availability/schema'
import type { StatusWord } from '@/lib/tones'
import { formatDuration } from '@/lib/units'

/** As many digits as it takes to tell it from 100 %: `99.95 %`, and never `100 %` for less. */
export function percentWords(percent: number | null): string {
  if (percent === null) return 'Not known'
  if (percent === 100) return '100 %'
  const digits = percent >= 99.9 ? 3 : percent >= 99 ? 2 : 1
  const cut = Math.floor(percent * 10 ** digits) / 10 ** digits
  return `${cut.toFixed(digits)} %`
}

/** What is left of the time that the objective lets it fail, or how much more was used. */
export function budgetWords(
  {
    failing_seconds: failing,
    budget_left_percent: left,
  }: Pick<BackendHealth, 'failing_seconds' | 'budget_left_percent'>,
  objective: number,
): string {
  if (left === null) return 'Not known'
  const used = failing === 0 ? 'none used' : `${formatDuration(failing * 1000)} used`
  if (left < 0) return objective === 100 ? `used up, ${used}` : `used up ${Math.ceil(1 - left / 100)} times, ${used}`
  return `${Math.floor(left)} % left, ${used}`
}

const STATES: Record<HostHealth['state'], StatusWord> = {
  well: { tone: 'healthy', word: 'Reachable' },
  failing: { tone: 'critical', word: 'Failing' },
  unknown: { tone: 'unknown', word: 'Not known' },
}

export function healthStatus({ state }: Pick<HostHealth, 'state'>): StatusWord {
  return STATES[state]
}

export function outageWords(count: number): string {
  if (count === 0) return 'no outage'
  return count === 1 ? '1 outage' : `${count} outages`
}
