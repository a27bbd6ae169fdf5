import { z } from 'zod'
import { wordsForOthers } from '@/lib/drivers/options/system-words'
import type { AnyDescriptor } from '@/lib/drivers/registry'
import { FREE_TEXT_FIELDS, isOptional } from '@/lib/drivers/settings'
import { type FieldProblem, HoldfastError } from '@/lib/errors'
import { fieldMessage, fieldProblems } from '@/lib/field-messages'

type Config = Record<string, unknown>

/** What was pasted into one field and belongs to several. */
export interface Pasted {
  flat: Config
  notes: string[]
}

export interface BackendInput {
  /** Complete: defaults filled in, no secrets. This is what is stored. */
  config: Config
  /** Only those that were given a value. */
  secrets: Record<string, string>
}

export interface BackendChange extends BackendInput {
  /** Secrets that the caller asked to forget (explicit null). */
  cleared: string[]
  /** Fields that make it another storage, which nothing that uses it would notice. */
  moved: string[]
}

/** Throws `invalid_input` that names each bad field. */
export function refuse(problems: FieldProblem[]): never {
  const first = problems[0]
  const rest = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  throw new HoldfastError('invalid_input', `${first?.field}: ${first?.message}${rest}`, { fields: problems })
}

/** Not given, as forms and other APIs say it. */
export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

/** Names of older APIs become the ones of today; both at once must agree. */
function expandAliases(descriptor: AnyDescriptor, flat: Config, problems: FieldProblem[]): Config {
  const expanded: Config = { ...flat }
  for (const [alias, key] of Object.entries(descriptor.aliases ?? {})) {
    if (!Object.hasOwn(flat, alias)) continue
    delete expanded[alias]
    if (!Object.hasOwn(flat, key)) expanded[key] = flat[alias]
    else if (flat[key] !== flat[alias])
      problems.push({ field: `config.${alias}`, message: `This is another name of "${key}"; keep one of them.` })
  }
  return expanded
}

function isSameSetting(one: unknown, other: unknown): boolean {
  const plain = (value: unknown) => String(value).trim().replace(/\/+$/, '')
  return plain(one) === plain(other)
}

/** Nobody has decided: nothing is there, or the default that a form begins with. */
function isOpen(descriptor: AnyDescriptor, key: string, value: unknown): boolean {
  const schema = descriptor.config.shape[key]
  return isBlank(value) || (schema instanceof z.ZodDefault && isSameSetting(schema.def.defaultValue, value))
}

/** The settings that a pasted text consists of take their places; a field that says otherwise is a problem. */
function takeApart(descriptor: AnyDescriptor, flat: Config, problems: FieldProblem[]): Pasted {
  const apart: Config = { ...flat }
  const notes: string[] = []
  for (const { field, gives, isCut } of descriptor.takeApart?.(flat) ?? []) {
    const given = Object.entries(gives).filter(([, value]) => value !== undefined)
    const others = given.filter(([key]) => key !== field)
    if (!Object.hasOwn(gives, field)) delete apart[field]
    for (const [key, value] of given) {
      const isOther = key !== field && !isOpen(descriptor, key, flat[key]) && !isSameSetting(flat[key], value)
      if (isOther) {
        const says = isFit(descriptor, key, value) ? ` "${String(value).slice(0, 100)}"` : ''
        const message = `This also says ${descriptor.fields[key]?.label}${says}, and that field has something else; keep one of them.`
        problems.push({ field: `config.${field}`, message })
      } else apart[key] = value
    }
    if (others.length > 0 || isCut) notes.push(noteOn(descriptor, field, given))
  }
  return { flat: apart, notes }
}

/** What a field would not take may be a piece of a secret, and is not repeated. */
function isFit({ config, secrets }: AnyDescriptor, key: string, value: unknown): boolean {
  return !Object.hasOwn(secrets.shape, key) && config.shape[key]?.safeParse(value).success === true
}

function noteOn(descriptor: AnyDescriptor, field: string, given: [string, unknown][]): string {
  const { fields } = descriptor
  const parts = given.map(([key, value]) => {
    const label = fields[key]?.label ?? key
    return isFit(descriptor, key, value) ? `${label} ${String(value)}` : label
  })
  return `What was entered as ${fields[field]?.label} was taken apart: ${parts.join(', ')}.`
}

/**
 * What people paste, put into the fields that it belongs to, with a word about each. For a form while it is filled in; `parseInput`
 * does the same.
 */
export function pastedInput(descriptor: AnyDescriptor, given: Config): Pasted {
  const problems: FieldProblem[] = []
  const { flat, notes } = takeApart(descriptor, expandAliases(descriptor, given, problems), problems)
  // Two fields that contradict each other are shown as they are, so that a person can decide.
  if (problems.length > 0) return { flat: given, notes: [] }
  const forOthers = FREE_TEXT_FIELDS.flatMap((key) => {
    const text = flat[key]
    return descriptor.parseFreeTextOptions !== undefined && typeof text === 'string' ? wordsForOthers(text) : []
  })
  if (forOthers.length > 0)
    notes.push(`Left out, since they are for mount(8) or systemd on a host: ${forOthers.join(', ')}.`)
  return { flat, notes }
}

export interface InputOptions {
  /** A host or a file told it and no person typed it: every field is exactly what it says, blanks and backslashes included. */
  isTold?: boolean
}

/** Free texts into typed settings; a setting that is also given on its own must agree. */
export function expandFreeText(
  descriptor: AnyDescriptor,
  given: Config,
  problems: FieldProblem[],
  { isTold = false }: InputOptions = {},
): Config {
  const named = expandAliases(descriptor, given, problems)
  const { flat } = isTold ? { flat: named } : takeApart(descriptor, named, problems)
  const expanded: Config = { ...flat }
  for (const key of FREE_TEXT_FIELDS) {
    if (descriptor.parseFreeTextOptions === undefined || !Object.hasOwn(flat, key)) continue
    delete expanded[key]
    const text = flat[key]
    if (isBlank(text)) continue
    if (typeof text !== 'string' || text.length > 1024) {
      problems.push({ field: `config.${key}`, message: 'Must be text of at most 1024 characters.' })
      continue
    }
    try {
      for (const [name, value] of Object.entries(descriptor.parseFreeTextOptions(text))) {
        if (!isBlank(expanded[name]) && expanded[name] !== value) {
          problems.push({
            field: `config.${key}`,
            message: `The options say otherwise than the field "${name}"; keep one of them.`,
          })
        }
        expanded[name] = value
      }
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error
      problems.push({ field: `config.${key}`, message: error.fields?.[0]?.message ?? error.message })
    }
  }
  return expanded
}

/** Of a flat config, what is secret and what is not. */
export function separate(descriptor: AnyDescriptor, flat: Config): { config: Config; secrets: Config } {
  const config: Config = {}
  const secrets: Config = {}
  for (const [key, value] of Object.entries(flat)) {
    if (Object.hasOwn(descriptor.secrets.shape, key)) secrets[key] = value
    else config[key] = value
  }
  return { config, secrets }
}

/** Blank optional fields count as not given: forms send `""` and other APIs `null`. */
function withoutBlanks(descriptor: AnyDescriptor, config: Config): Config {
  const shape = descriptor.config.shape
  return Object.fromEntries(
    Object.entries(config).filter(([key, value]) => {
      const schema = Object.hasOwn(shape, key) ? shape[key] : undefined
      return !(isBlank(value) && schema !== undefined && isOptional(schema))
    }),
  )
}

/** Checks both halves and the rules over them; `problems` are those that were found before. */
export function parseParts(
  descriptor: AnyDescriptor,
  config: Config,
  secrets: Config,
  problems: FieldProblem[],
): BackendInput {
  const parsedConfig = descriptor.config.safeParse(withoutBlanks(descriptor, config), { error: fieldMessage })
  if (!parsedConfig.success) problems.push(...fieldProblems(parsedConfig.error, 'config'))
  const given = Object.fromEntries(Object.entries(secrets).filter(([, value]) => !isBlank(value)))
  const parsedSecrets = descriptor.secrets.safeParse(given, { error: fieldMessage })
  if (!parsedSecrets.success) problems.push(...fieldProblems(parsedSecrets.error, 'config'))
  if (parsedConfig.success) {
    const found = descriptor.check?.(parsedConfig.data) ?? []
    problems.push(...found.map((problem) => ({ ...problem, field: `config.${problem.field}` })))
  }
  if (problems.length > 0 || !parsedConfig.success || !parsedSecrets.success) refuse(problems)
  return { config: parsedConfig.data, secrets: parsedSecrets.data as Record<string, string> }
}

/** Parses the flat `config` of a create or test request. Throws `invalid_input` with one entry per bad field. */
export function parseInput(descriptor: AnyDescriptor, flat: Config, options: InputOptions = {}): BackendInput {
  const problems: FieldProblem[] = []
  const { config, secrets } = separate(descriptor, expandFreeText(descriptor, flat, problems, options))
  return parseParts(descriptor, config, secrets, problems)
}

/**
 * The flat `config` of a PATCH in place of what is stored: a field that is left out, blank or null returns to its default. Secrets
 * alone stay when they are left out or blank; null clears one. Throws `invalid_input` with one entry per bad field.
 */
export function replaceInput(descriptor: AnyDescriptor, stored: Config, flat: Config): BackendChange {
  const problems: FieldProblem[] = []
  const { config, secrets } = separate(descriptor, expandFreeText(descriptor, flat, problems))
  const result = parseParts(descriptor, config, secrets, problems)
  // What was stored before a setting was known has its default.
  const before = descriptor.config.safeParse(stored).data ?? stored
  const moved = Object.keys(descriptor.fixedAfterCreate).filter((key) => result.config[key] !== before[key])
  return { ...result, cleared: Object.keys(secrets).filter((key) => secrets[key] === null), moved }
}
