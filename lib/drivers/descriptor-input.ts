import { z } from 'zod'
import type { SettingsDescriptor } from '@/lib/drivers/contract/descriptor'
import { wordsForOthers } from '@/lib/drivers/options/system-words'
import { FREE_TEXT_FIELDS, isOptional } from '@/lib/drivers/settings'
import { type FieldProblem, HoldfastError } from '@/lib/errors'
import { fieldMessage, fieldProblems, unknownMessage } from '@/lib/field-messages'

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
  /** What became of the fields that were changed, a sentence each; never a secret. */
  notes: string[]
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

/** Names of older APIs become the ones of today; both at once must agree, or be one that was changed and one that is repeated. */
function expandAliases(
  descriptor: SettingsDescriptor,
  flat: Config,
  problems: FieldProblem[],
  before?: Before,
): Config {
  const expanded: Config = { ...flat }
  for (const [alias, key] of Object.entries(descriptor.aliases ?? {})) {
    if (!Object.hasOwn(flat, alias)) continue
    delete expanded[alias]
    // Null of a secret is a word of its own: it clears.
    const isSilent = isBlank(flat[alias]) && !Object.hasOwn(descriptor.secrets.shape, key)
    if (!Object.hasOwn(flat, key)) expanded[key] = flat[alias]
    else if (flat[key] === flat[alias] || isSilent) continue
    const changed = changedOf(before, flat, alias, key)
    if (changed === 'word') expanded[key] = flat[alias]
    else if (changed === null && expanded[key] !== flat[alias])
      problems.push({ field: `config.${alias}`, message: `This is another name of "${key}"; keep one of them.` })
  }
  return expanded
}

function isSameSetting(one: unknown, other: unknown): boolean {
  const plain = (value: unknown) => String(value).trim().replace(/\/+$/, '')
  return plain(one) === plain(other)
}

/** Nobody has decided: nothing is there, or the default that a form begins with. */
function isOpen(descriptor: SettingsDescriptor, key: string, value: unknown): boolean {
  const schema = descriptor.config.shape[key]
  return isBlank(value) || (schema instanceof z.ZodDefault && isSameSetting(schema.def.defaultValue, value))
}

/** Of a PATCH: what is stored, and in which words of an older API. Its client sends back what it has read, with one thing changed. */
export interface Before {
  config: Config
  words: Config
}

/** Which of two that disagree was changed: the other one is only repeated. Null when that cannot be said. */
function changedOf(before: Before | undefined, flat: Config, word: string, key: string): 'word' | 'setting' | null {
  if (before === undefined) return null
  if (isSameSetting(before.words[word], flat[word])) return 'setting'
  return isSameSetting(before.words[key] ?? before.config[key], flat[key]) ? 'word' : null
}

/** Nothing that is an address is longer; the fields themselves refuse what is. */
const LONGEST = 8192

function withoutEndless(flat: Config): Config {
  return Object.fromEntries(
    Object.entries(flat).filter(([, value]) => typeof value !== 'string' || value.length <= LONGEST),
  )
}

/** The settings that a pasted text consists of take their places; a field that says otherwise is a problem. */
function takeApart(descriptor: SettingsDescriptor, flat: Config, problems: FieldProblem[], before?: Before): Pasted {
  const apart: Config = { ...flat }
  const notes: string[] = []
  /** The field whose text a setting was taken from. */
  const origin: Record<string, string> = {}
  for (const { field, gives, isCut, leftOut } of descriptor.takeApart?.(withoutEndless(flat)) ?? []) {
    const given = Object.entries(gives).filter(([, value]) => value !== undefined)
    const others = given.filter(([key]) => key !== field)
    if (!Object.hasOwn(gives, field)) delete apart[field]
    for (const [key, value] of given) {
      const from = origin[key] ?? key
      const isSaid = origin[key] !== undefined || !isOpen(descriptor, key, flat[key])
      const isOther = from !== field && isSaid && !isSameSetting(apart[key], value)
      const changed = isOther ? changedOf(before, flat, field, from) : 'word'
      if (changed === 'setting') continue
      if (changed === null) {
        problems.push({ field: `config.${field}`, message: contradiction(descriptor, key, value, from) })
        continue
      }
      apart[key] = value
      origin[key] = field
    }
    if (isRepeated(before, field, flat)) continue
    if (others.length > 0 || isCut) notes.push(noteOn(descriptor, field, given))
    if (leftOut !== undefined) notes.push(leftOut)
  }
  return { flat: apart, notes }
}

/** Who sends back what is stored has been told what became of it. */
function isRepeated(before: Before | undefined, field: string, flat: Config): boolean {
  return before !== undefined && isSameSetting(before.words[field] ?? before.config[field], flat[field])
}

function contradiction(descriptor: SettingsDescriptor, key: string, value: unknown, from: string): string {
  const says = isFit(descriptor, key, value) ? ` "${String(value).slice(0, 100)}"` : ''
  const other = from === key ? 'that field' : `"${from}"`
  return `This also says ${descriptor.fields[key]?.label}${says}, and ${other} has something else; keep one of them.`
}

/** What a field would not take may be a piece of a secret, and is not repeated. */
function isFit({ config, secrets }: SettingsDescriptor, key: string, value: unknown): boolean {
  return !Object.hasOwn(secrets.shape, key) && config.shape[key]?.safeParse(value).success === true
}

function noteOn(descriptor: SettingsDescriptor, field: string, given: [string, unknown][]): string {
  const { fields } = descriptor
  const parts = given.map(([key, value]) => {
    const label = fields[key]?.label ?? key
    return isFit(descriptor, key, value) ? `${label} ${String(value)}` : label
  })
  return `What was entered as ${fields[field]?.label ?? field} was taken apart: ${parts.join(', ')}.`
}

/**
 * What people paste, put into the fields that it belongs to, with a word about each. For a form while it is filled in; `parseInput`
 * does the same.
 */
export function pastedInput(descriptor: SettingsDescriptor, given: Config, before?: Before): Pasted {
  const problems: FieldProblem[] = []
  const { flat, notes } = takeApart(descriptor, expandAliases(descriptor, given, problems, before), problems, before)
  // Two fields that contradict each other are shown as they are, so that a person can decide.
  if (problems.length > 0) return { flat: given, notes: [] }
  const forOthers = FREE_TEXT_FIELDS.flatMap((key) => {
    const text = flat[key]
    const isText = descriptor.parseFreeTextOptions !== undefined && typeof text === 'string'
    return isText && !isSameSetting(before?.words[key], text) ? wordsForOthers(text) : []
  })
  if (forOthers.length > 0)
    notes.push(`Left out, since they are for mount(8) or systemd on a host: ${forOthers.join(', ')}.`)
  return { flat, notes }
}

export interface InputOptions {
  /** A host or a file told it and no person typed it: every field is exactly what it says, blanks and backslashes included. */
  isTold?: boolean
  before?: Before
}

/** Free texts into typed settings; a setting that is also given on its own must agree. */
export function expandFreeText(
  descriptor: SettingsDescriptor,
  given: Config,
  problems: FieldProblem[],
  { isTold = false, before }: InputOptions = {},
): Config {
  const named = expandAliases(descriptor, given, problems, before)
  const { flat } = isTold ? { flat: named } : takeApart(descriptor, named, problems, before)
  const expanded: Config = { ...flat }
  for (const key of FREE_TEXT_FIELDS) {
    if (descriptor.parseFreeTextOptions === undefined || !Object.hasOwn(flat, key)) continue
    delete expanded[key]
    if (isBlank(flat[key])) continue
    for (const [name, value] of Object.entries(readOptions(descriptor, key, flat[key], problems))) {
      const isOther = !isBlank(expanded[name]) && expanded[name] !== value
      const changed = isOther ? changedOf(before, flat, key, name) : 'word'
      if (changed === 'setting') continue
      if (changed === null) {
        const message = `The options say otherwise than the field "${name}"; keep one of them.`
        problems.push({ field: `config.${key}`, message })
      }
      expanded[name] = value
    }
  }
  return expanded
}

function readOptions(descriptor: SettingsDescriptor, key: string, text: unknown, problems: FieldProblem[]): Config {
  if (typeof text !== 'string' || text.length > 1024) {
    problems.push({ field: `config.${key}`, message: 'Must be text of at most 1024 characters.' })
    return {}
  }
  try {
    return descriptor.parseFreeTextOptions?.(text) ?? {}
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    problems.push({ field: `config.${key}`, message: error.fields?.[0]?.message ?? error.message })
    return {}
  }
}

/** Of a flat config, what is secret and what is not. */
export function separate(descriptor: SettingsDescriptor, flat: Config): { config: Config; secrets: Config } {
  const config: Config = {}
  const secrets: Config = {}
  for (const [key, value] of Object.entries(flat)) {
    if (Object.hasOwn(descriptor.secrets.shape, key)) secrets[key] = value
    else config[key] = value
  }
  return { config, secrets }
}

/** Blank optional fields count as not given: forms send `""` and other APIs `null`. */
function withoutBlanks(descriptor: SettingsDescriptor, config: Config): Config {
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
  descriptor: SettingsDescriptor,
  config: Config,
  secrets: Config,
  problems: FieldProblem[],
): BackendInput {
  const known = [...Object.keys(descriptor.config.shape), ...Object.keys(descriptor.secrets.shape)]
  const parsedConfig = descriptor.config.safeParse(withoutBlanks(descriptor, config), {
    error: (issue) => (issue.code === 'unrecognized_keys' ? unknownMessage(known) : fieldMessage(issue)),
  })
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
export function parseInput(descriptor: SettingsDescriptor, flat: Config, options: InputOptions = {}): BackendInput {
  const problems: FieldProblem[] = []
  const { config, secrets } = separate(descriptor, expandFreeText(descriptor, flat, problems, options))
  return parseParts(descriptor, config, secrets, problems)
}

/** Made once per type: zod compiles a schema when it first parses with it, which costs more than the parsing. */
const partials = new WeakMap<SettingsDescriptor, SettingsDescriptor>()

/** The type for input that is not complete yet: only the given fields are checked. */
export function partialOf(descriptor: SettingsDescriptor): SettingsDescriptor {
  const known = partials.get(descriptor)
  if (known) return known
  const shape = Object.entries(descriptor.config.shape).map(([key, field]) => [key, z.optional(field)])
  const partial = { ...descriptor, config: z.strictObject(Object.fromEntries(shape)), check: () => [] }
  partials.set(descriptor, partial)
  return partial
}

/** Just the settings that these fields say, without the defaults of others. Throws `invalid_input`. */
export function settingsIn(descriptor: SettingsDescriptor, flat: Config): Config {
  const problems: FieldProblem[] = []
  const { config } = separate(descriptor, expandFreeText(descriptor, flat, problems))
  const parsed = parseParts(partialOf(descriptor), config, {}, problems).config
  return Object.fromEntries(Object.entries(parsed).filter(([key]) => !isBlank(config[key])))
}

/** As `settingsIn`; nothing where the fields cannot be understood, which is then said of the whole. */
function settingsSaid(descriptor: SettingsDescriptor, flat: Config): Config {
  try {
    return settingsIn(descriptor, flat)
  } catch (error) {
    if (error instanceof HoldfastError) return {}
    throw error
  }
}

const isFreeText = (key: string) => (FREE_TEXT_FIELDS as readonly string[]).includes(key)

/**
 * Without what is only repeated. Where words were changed, settings that the words before had said: options that were taken out of a
 * text go with it, and what the new words say counts. Where such a setting was changed, the word that said it.
 */
function withoutRepeated(descriptor: SettingsDescriptor, flat: Config, { config, words }: Before): Config {
  const isChanged = (key: string) => Object.hasOwn(flat, key) && !isSameSetting(words[key] ?? config[key], flat[key])
  const changed = Object.keys(words).filter(isChanged)
  const said = changed.length > 0 ? settingsSaid(descriptor, words) : {}
  const options = Object.entries(words).filter(([key]) => isFreeText(key))
  const optionsSaid = changed.some(isFreeText) ? settingsSaid(descriptor, Object.fromEntries(options)) : {}
  const sent = Object.keys(words).map((key) => [key, flat[key]] as const)
  const saidNow = changed.length > 0 ? settingsSaid(descriptor, Object.fromEntries(sent)) : {}
  const isLeft = (key: string) => {
    if (Object.hasOwn(words, key)) return isChanged(key) || isFreeText(key) || !saysChanged(key)
    const hasGone = optionsSaid[key] !== undefined || (said[key] !== undefined && saidNow[key] !== undefined)
    return isChanged(key) || !hasGone
  }
  const saysChanged = (word: string) =>
    Object.keys(settingsSaid(descriptor, { [word]: words[word] })).some((key) => !isBlank(flat[key]) && isChanged(key))
  return Object.fromEntries(Object.entries(flat).filter(([key]) => isLeft(key)))
}

/**
 * The flat `config` of a PATCH in place of what is stored: a field that is left out, blank or null returns to its default. Secrets
 * alone stay when they are left out or blank; null clears one. Throws `invalid_input` with one entry per bad field.
 */
export function replaceInput(descriptor: SettingsDescriptor, before: Before, flat: Config): BackendChange {
  const problems: FieldProblem[] = []
  const given = withoutRepeated(descriptor, flat, before)
  const { config, secrets } = separate(descriptor, expandFreeText(descriptor, given, problems, { before }))
  const result = parseParts(descriptor, config, secrets, problems)
  // What was stored before a setting was known has its default.
  const known = descriptor.config.safeParse(before.config).data ?? before.config
  const wasMissing = new Set((descriptor.missing?.(known) ?? []).map(({ field }) => field))
  const moved = Object.keys(descriptor.fixedAfterCreate ?? {}).filter(
    (key) => result.config[key] !== known[key] && !wasMissing.has(key),
  )
  const { notes } = pastedInput(descriptor, given, before)
  return { ...result, cleared: Object.keys(secrets).filter((key) => secrets[key] === null), moved, notes }
}
