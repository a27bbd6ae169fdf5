import type { HealthCheck, HealthState, HealthView } from '@/lib/health/schema'
import type { StatusWord } from '@/lib/tones'

export const HEALTH_STATES: Readonly<Record<HealthState, StatusWord>> = {
  ok: { tone: 'healthy', word: 'OK' },
  attention: { tone: 'warning', word: 'Attention' },
  failing: { tone: 'critical', word: 'Failing' },
  unknown: { tone: 'unknown', word: 'Unknown' },
}

/** Where more of it is seen, and help is. */
export const HEALTH_LINKS: Readonly<Partial<Record<HealthCheck['id'], { href: string; label: string }>>> = {
  hosts: { href: '/hosts', label: 'Hosts' },
  operations: { href: '/operations', label: 'Operations' },
}

/** One sentence over all checks. */
export function healthInWords({ checks }: Pick<HealthView, 'checks'>): string {
  const named = (state: HealthState) => checks.filter((check) => check.state === state).map(({ title }) => title)
  const parts = [
    { titles: named('failing'), words: 'failing' },
    { titles: named('attention'), words: 'in need of attention' },
    { titles: named('unknown'), words: 'unknown' },
  ].filter(({ titles }) => titles.length > 0)
  if (parts.length === 0) return 'Every part of Holdfast is well.'
  return `${parts.map(({ titles, words }) => `${titles.join(', ')} ${words}`).join('; ')}.`
}
