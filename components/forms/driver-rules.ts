import { z } from 'zod'
import { type FieldValues, initialValues, toConfig } from '@/components/forms/driver-values'
import type { FieldFacts, FormSpec } from '@/components/forms/form-spec'
import type { FieldHint, SettingsDescriptor } from '@/lib/drivers/contract/descriptor'
import { parseInput, pastedInput } from '@/lib/drivers/descriptor-input'
import { type FieldProblem, HoldfastError } from '@/lib/errors'
import { IS_REQUIRED } from '@/lib/field-messages'

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

function factsOf(descriptor: SettingsDescriptor, key: string): FieldFacts {
  const schema = descriptor.config.shape[key] ?? descriptor.secrets.shape[key]
  const inner = schema ? innermost(schema) : undefined
  const fallback = schema instanceof z.ZodDefault ? (schema.def.defaultValue as FieldFacts['fallback']) : undefined
  return {
    isOptional: schema !== undefined && z.safeParse(schema, undefined).success,
    ...(fallback === undefined ? {} : { fallback }),
    isBoolean: inner instanceof z.ZodBoolean,
    isNumber: inner instanceof z.ZodNumber,
    isSecret: Object.hasOwn(descriptor.secrets.shape, key),
    ...(inner instanceof z.ZodEnum ? { options: defaultFirst(inner.options.map(String), fallback) } : {}),
  }
}

const made = new WeakMap<SettingsDescriptor, FormSpec>()

/** What the form of a type shows. The same object for the same descriptor. */
export function formSpecOf(descriptor: SettingsDescriptor): FormSpec {
  const known = made.get(descriptor)
  if (known !== undefined) return known
  const {
    id,
    title,
    capabilities = [],
    readOnly = false,
    fields,
    fixedAfterCreate = {},
    discoveries = {},
    overridable = [],
  } = descriptor
  const facts = Object.fromEntries(Object.keys(fields).map((key) => [key, factsOf(descriptor, key)]))
  const spec = { id, title, capabilities, readOnly, fields, facts, fixedAfterCreate, discoveries, overridable }
  const whole: FormSpec = { ...spec, neededAtFirst: [] }
  made.set(descriptor, whole)
  whole.neededAtFirst = [...neededFields(descriptor, initialValues(whole), undefined)]
  return whole
}

/** What was pasted into one field and belongs into several: the fields that change, and a word about it. */
export function pastedValues(
  descriptor: SettingsDescriptor,
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
  descriptor: SettingsDescriptor,
  values: FieldValues,
  stored: Record<string, unknown> | undefined,
): ReadonlySet<string> {
  const { fields, facts } = formSpecOf(descriptor)
  const isOpen = (key: string) => facts[key]?.isSecret || !facts[key]?.isOptional
  const filled: FieldValues = { ...values }
  for (const [key, hint] of Object.entries(fields)) {
    if (filled[key] === '' && isOpen(key)) filled[key] = hint.placeholder ?? 'x'
  }
  const optional = Object.keys(fields).filter((key) => !isOpen(key) && typeof values[key] === 'string')
  return new Set(
    optional.filter((key) =>
      checkValues(descriptor, { ...filled, [key]: '' }, stored).problems.some(({ field }) => field === key),
    ),
  )
}

/** What is wrong with these values, by field, with the same rules as the API; and the parsed config when nothing is. */
export function checkValues(
  descriptor: SettingsDescriptor,
  values: FieldValues,
  stored: Record<string, unknown> | undefined,
): { problems: FieldProblem[]; config: Record<string, unknown> | null } {
  try {
    const flat = toConfig(formSpecOf(descriptor), values, stored !== undefined)
    const { config } = parseInput(descriptor, flat)
    const problems = descriptor.missing?.(config) ?? []
    return { problems, config: problems.length > 0 ? null : config }
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
