import { type FormSpec, secretsOf } from '@/components/forms/form-spec'
import type { FieldHint } from '@/lib/drivers/contract/descriptor'

/** What stands in the controls: text as typed, and switches. */
export type FieldValue = string | boolean
export type FieldValues = Record<string, FieldValue>

export type Control = NonNullable<FieldHint['control']>

export function controlOf({ fields, facts }: FormSpec, key: string): Control {
  const hint = fields[key]
  if (hint?.control) return hint.control
  const field = facts[key]
  if (field?.isSecret) return 'password'
  if (field?.isBoolean) return 'switch'
  if (field?.options) return 'select'
  return field?.isNumber ? 'number' : 'text'
}

/** Values to begin with: what is stored, else the defaults. Secrets begin empty. */
export function initialValues({ facts }: FormSpec, stored: Record<string, unknown> = {}): FieldValues {
  const values: FieldValues = {}
  for (const [key, field] of Object.entries(facts)) {
    const given = stored[key] ?? field.fallback
    if (field.isBoolean) values[key] = given === true
    else values[key] = given === undefined || given === null ? '' : String(given)
  }
  return values
}

export function isVisible(hint: FieldHint, values: FieldValues): boolean {
  if (!hint.visibleWhen) return true
  return hint.visibleWhen.is.some((wanted) => wanted === values[hint.visibleWhen?.field ?? ''])
}

/** A number as a number, so that the schema judges it; anything else stays as typed and is refused by name. */
function typed(text: string, isNumber: boolean): unknown {
  if (!isNumber) return text
  const number = Number(text)
  return text.trim() === '' || Number.isNaN(number) ? text : number
}

/**
 * The `config` of a request. Hidden fields go back to their default. When editing, an emptied field is `null` ("back to the
 * default") and an empty secret is left out ("keep").
 */
export function toConfig(spec: FormSpec, values: FieldValues, editing: boolean): Record<string, unknown> {
  const secrets = secretsOf(spec)
  const config: Record<string, unknown> = {}
  for (const [key, hint] of Object.entries(spec.fields)) {
    const value = values[key]
    const empty = value === '' || value === undefined
    if (empty || !isVisible(hint, values)) {
      if (editing && !secrets.includes(key) && spec.facts[key]?.isOptional) config[key] = null
      continue
    }
    config[key] = typeof value === 'boolean' ? value : typed(value, spec.facts[key]?.isNumber ?? false)
  }
  return config
}
