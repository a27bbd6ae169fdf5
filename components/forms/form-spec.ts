import type { FieldHint } from '@/lib/drivers/contract/descriptor'

/** What may stand in a field, as far as drawing it needs to know. */
export interface FieldFacts {
  /** May it stay empty? */
  isOptional: boolean
  /** What stands there then. */
  fallback?: string | number | boolean
  isBoolean: boolean
  isNumber: boolean
  isSecret: boolean
  /** The only values there are, the default first. */
  options?: string[]
}

/**
 * What the form of a storage type shows, as plain data. The server makes it of the descriptor (`formSpecOf`), so that a page can draw
 * the form without the code of the type; that comes with the first key (`form-rules.ts`).
 */
export interface FormSpec {
  id: string
  title: string
  capabilities: readonly string[]
  readOnly: boolean
  fields: Record<string, FieldHint>
  facts: Record<string, FieldFacts>
  fixedAfterCreate: Partial<Record<string, string>>
  discoveries: Readonly<Record<string, string>>
  overridable: readonly string[]
  /** Fields that may stay empty as such, but not with the values that a new form begins with. */
  neededAtFirst: readonly string[]
}

/** The fields that hold secrets. */
export function secretsOf({ facts }: FormSpec): string[] {
  return Object.keys(facts).filter((key) => facts[key]?.isSecret)
}
