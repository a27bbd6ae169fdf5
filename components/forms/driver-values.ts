import { z } from 'zod'
import type { FieldHint } from '@/lib/drivers/contract/descriptor'
import { parseInput, pastedInput } from '@/lib/drivers/descriptor-input'
import type { AnyDescriptor } from '@/lib/drivers/registry'
import { secretKeys } from '@/lib/drivers/settings'
import { type FieldProblem, HoldfastError } from '@/lib/errors'
import { IS_REQUIRED } from '@/lib/field-messages'

/** What stands in the controls: text as typed, and switches. */
export type FieldValue = string | boolean
export type FieldValues = Record<string, FieldValue>

export type Control = NonNullable<FieldHint['control']>

function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  let current = schema
  while (current instanceof z.ZodDefault || current instanceof z.ZodOptional || current instanceof z.ZodNullable) {
    current = current.unwrap()
  }
  return current
}

/** An enum puts names that look like numbers first, whatever the order in the schema. */
function defaultFirst(options: string[], fallback: unknown): string[] {
  return options.toSorted((one, other) => Number(other === fallback) - Number(one === fallback))
}

/** Is the field allowed to stay empty, and what stands in it then? */
export function describeField(descriptor: AnyDescriptor, key: string) {
  const schema = descriptor.config.shape[key] ?? descriptor.secrets.shape[key]
  const inner = schema ? innermost(schema) : undefined
  const isOptional = schema !== undefined && z.safeParse(schema, undefined).success
  const fallback = schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined
  return {
    isOptional,
    fallback,
    isBoolean: inner instanceof z.ZodBoolean,
    isNumber: inner instanceof z.ZodNumber,
    options: inner instanceof z.ZodEnum ? defaultFirst(inner.options.map(String), fallback) : undefined,
  }
}

export function controlOf(descriptor: AnyDescriptor, key: string): Control {
  const hint = descriptor.fields[key]
  if (hint?.control) return hint.control
  const field = describeField(descriptor, key)
  if (secretKeys(descriptor).includes(key)) return 'password'
  if (field.isBoolean) return 'switch'
  if (field.options) return 'select'
  return field.isNumber ? 'number' : 'text'
}

/** Values to begin with: what is stored, else the defaults. Secrets begin empty. */
export function initialValues(descriptor: AnyDescriptor, stored: Record<string, unknown> = {}): FieldValues {
  const values: FieldValues = {}
  for (const key of Object.keys(descriptor.fields)) {
    const field = describeField(descriptor, key)
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
export function toConfig(descriptor: AnyDescriptor, values: FieldValues, editing: boolean): Record<string, unknown> {
  const secrets = secretKeys(descriptor)
  const config: Record<string, unknown> = {}
  for (const [key, hint] of Object.entries(descriptor.fields)) {
    const value = values[key]
    const empty = value === '' || value === undefined
    if (empty || !isVisible(hint, values)) {
      if (editing && !secrets.includes(key) && describeField(descriptor, key).isOptional) config[key] = null
      continue
    }
    config[key] = typeof value === 'boolean' ? value : typed(value, describeField(descriptor, key).isNumber)
  }
  return config
}

/** What was pasted into one field and belongs into several: the fields that change, and a word about it. */
export function pastedValues(
  descriptor: AnyDescriptor,
  values: FieldValues,
): { changed: FieldValues; notes: string[] } {
  const { flat, notes } = pastedInput(descriptor, values)
  const keys = Object.keys(descriptor.fields).filter((key) => flat[key] !== values[key])
  return { changed: Object.fromEntries(keys.map((key) => [key, String(flat[key] ?? '')])), notes }
}

function missing({ label, placeholder }: FieldHint): string {
  // "the portal", but "the LUN".
  const name = /^.\p{Ll}/u.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label
  return placeholder ? `Enter the ${name}, such as ${placeholder}.` : `Enter the ${name}.`
}

/**
 * Fields that may stay empty as such, but not with the other values as they are, such as the endpoint of an S3 server that is none
 * of the known providers. What else is still to be filled in is taken as filled in.
 */
export function neededFields(
  descriptor: AnyDescriptor,
  values: FieldValues,
  stored: Record<string, unknown> | undefined,
): ReadonlySet<string> {
  const secrets = secretKeys(descriptor)
  const filled: FieldValues = { ...values }
  for (const [key, hint] of Object.entries(descriptor.fields)) {
    const isOpen = secrets.includes(key) || !describeField(descriptor, key).isOptional
    if (filled[key] === '' && isOpen) filled[key] = hint.placeholder ?? 'x'
  }
  const optional = Object.keys(descriptor.fields).filter(
    (key) => !secrets.includes(key) && describeField(descriptor, key).isOptional && typeof values[key] === 'string',
  )
  return new Set(
    optional.filter((key) =>
      checkValues(descriptor, { ...filled, [key]: '' }, stored).problems.some(({ field }) => field === key),
    ),
  )
}

/** What is wrong with these values, by field, with the same rules as the API; and the parsed config when nothing is. */
export function checkValues(
  descriptor: AnyDescriptor,
  values: FieldValues,
  stored: Record<string, unknown> | undefined,
): { problems: FieldProblem[]; config: Record<string, unknown> | null } {
  try {
    const flat = toConfig(descriptor, values, stored !== undefined)
    const { config } = parseInput(descriptor, flat)
    return { problems: [], config }
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    const problems = (error.fields ?? []).map(({ field, message }) => {
      const key = field.replace(/^config\./, '')
      const hint = descriptor.fields[key]
      return { field: key, message: hint && message === IS_REQUIRED ? missing(hint) : message }
    })
    return { problems, config: null }
  }
}
