import type { RuleView } from '@/lib/alert-rules/schema'

const UNITS = { percent: '%', seconds: 's', minutes: 'min', days: 'days' } as const

/** `90 %`, `7 days`: in the unit in which people write it. */
export function figureWords(value: number, unit: RuleView['unit']): string {
  return unit === null ? String(value) : `${value} ${UNITS[unit]}`
}

/** The same for reading: `4 h` and not `240 min`. */
function readWords(value: number, unit: RuleView['unit']): string {
  if (unit !== 'minutes' || value < 60 || value % 60 !== 0) return figureWords(value, unit)
  const hours = value / 60
  if (hours % 24 !== 0) return `${hours} h`
  return hours === 24 ? '1 day' : `${hours / 24} days`
}

/** `Warning at 90 %, critical at 95 %, after 5 min`. */
export function ruleInWords(rule: Pick<RuleView, 'kind' | 'unit' | 'warning' | 'critical' | 'lasts_minutes'>): string {
  const { kind, unit, warning, critical, lasts_minutes: minutes } = rule
  const [from, rest] = aroundFigure({ kind, unit })
  const parts = [
    ...(warning === null ? [] : [`warning ${from} ${readWords(warning, unit)}${rest}`]),
    ...(critical === null ? [] : [`critical ${from} ${readWords(critical, unit)}${rest}`]),
    minutes === 0 ? 'told when it is seen twice' : `told after ${readWords(minutes, 'minutes')}`,
  ]
  const text = parts.join(', ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Of what is left, and of availability, less is worse. */
function aroundFigure({ kind, unit }: Pick<RuleView, 'kind' | 'unit'>): readonly [string, string] {
  if (kind === 'availability') return ['under', ' of 30 days']
  return unit === 'days' ? ['with', ' left'] : ['from', ' on']
}

export function isAsDelivered({ enabled, warning, critical, lasts_minutes, standard }: RuleView): boolean {
  return (
    enabled === standard.enabled &&
    warning === standard.warning &&
    critical === standard.critical &&
    lasts_minutes === standard.lasts_minutes
  )
}

/** A field that was emptied is as it would be without it. */
export function numberOf(typed: string): number | null {
  return typed.trim() === '' ? null : Number(typed)
}
