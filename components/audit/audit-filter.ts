import { joinValues, splitValues } from '@/lib/comma-list'

/** Parameters of the API by those of the address. */
const PARAMETERS = { on: 'target_kind', action: 'action', who: 'actor' } as const
/** What the API takes. */
const MOST_VALUES = 200
const LONGEST = 64

type AuditFilter = Partial<Record<(typeof PARAMETERS)[keyof typeof PARAMETERS], string[]>>

/** What the address of the list asks the API for. */
export function auditFilter(parameters: URLSearchParams): AuditFilter {
  const entries = Object.entries(PARAMETERS).flatMap(([ours, theirs]) => {
    const values = splitValues(parameters.get(ours) ?? '').filter((value) => value.length <= LONGEST)
    return values.length > 0 ? [[theirs, values.slice(0, MOST_VALUES)] as const] : []
  })
  return Object.fromEntries(entries)
}

/** As parameters of the API. */
export function auditParameters(parameters: URLSearchParams): Record<string, string> {
  const filter = Object.entries(auditFilter(parameters))
  return Object.fromEntries(filter.map(([name, values]) => [name, joinValues(values)]))
}
