import type { HealthCheck, HealthFact, HealthState } from '@/lib/health/schema'

/** What is wrong, with what to do about it. */
export interface Trouble {
  state: Exclude<HealthState, 'ok'>
  summary: string
  advice: string
}

const WORST: readonly HealthState[] = ['failing', 'attention', 'unknown', 'ok']

export function worstOf(states: readonly HealthState[]): HealthState {
  return WORST.find((state) => states.includes(state)) ?? 'ok'
}

/** A check says its worst trouble, the first of equals; or, without any, that all is well. */
export function checkOf(
  about: Pick<HealthCheck, 'id' | 'title'>,
  well: string,
  troubles: readonly (Trouble | null)[],
  facts: readonly HealthFact[],
): HealthCheck {
  const found = troubles.filter((trouble) => trouble !== null)
  const state = worstOf(found.map((trouble) => trouble.state))
  const worst = found.find((trouble) => trouble.state === state)
  return {
    ...about,
    state,
    summary: worst?.summary ?? well,
    advice: worst?.advice ?? null,
    facts: [...facts],
  }
}

const fact = (unit: HealthFact['unit']) => (name: string, value: string | number | null) => ({ name, value, unit })

export const text = fact('text')
export const count = fact('count')
export const bytes = fact('bytes')
export const ms = fact('ms')
export const time = (name: string, value: Date | string | null): HealthFact => ({
  name,
  value: value instanceof Date ? value.toISOString() : value,
  unit: 'time',
})

/** `a, b and 3 more`. */
export function namesInWords(names: readonly string[], shown = 3): string {
  const rest = names.length - shown
  if (rest > 0) return `${names.slice(0, shown).join(', ')} and ${rest} more`
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '')
}
