import type { z } from 'zod'
import type { FoundMount } from '@/lib/drivers/contract/existing-mount'
import { type OptionTable, type OptionWord, optionWordOf, ruleFor } from '@/lib/drivers/options/option-table'

interface ReadOptions {
  taken: Record<string, unknown>
  /** Named before anybody agrees: they go with the next mount. */
  leftOut: string[]
  /** Why the mount cannot be taken over; null when it can. */
  refusal: string | null
}

interface ReadWords extends ReadOptions {
  /** By setting: the word that it was taken from. */
  saidBy: Map<string, { word: OptionWord; guards: boolean }>
}

interface Meaning<Config> {
  table: OptionTable<Config>
  /** Of the settings. */
  schema: z.ZodObject
  /** Does the wish of a line allow what is in force, as `vers=4` allows 4.2? The wish is taken then. */
  allows?(field: string, wanted: unknown, inForce: unknown): boolean
}

/**
 * Settings from the options of a mount in force and of its line in fstab, or of the line alone. What the kernel shows unasked is
 * nobody's choice; every word of a line is one. Whether it is read only is a matter of the mount and not of the storage.
 */
export function readOptions<Config>(found: FoundMount, meaning: Meaning<Config>): ReadOptions {
  const { saidBy, ...first } = readWords(found.options.map(optionWordOf), found.from, meaning)
  if (found.line === undefined || found.from === 'fstab') return first
  const line = readWords(found.line.options.map(optionWordOf), 'fstab', meaning)
  const beside = withLine({ saidBy, ...first }, line, meaning)
  const access = otherAccess(found.line.options, found.options)
  return { ...beside, leftOut: [...new Set([...first.leftOut, ...beside.leftOut, ...access])] }
}

/** The kernel does not show everything that was asked for: the line adds to what is in force, and is named where it says otherwise. */
function withLine<Config>(inForce: ReadWords, line: ReadWords, { allows }: Meaning<Config>): ReadOptions {
  const taken = { ...line.taken, ...inForce.taken }
  // `uid=media` is the number that the kernel shows.
  const shown = new Set([...inForce.saidBy.values()].map(({ word }) => word.name))
  const leftOut = line.leftOut.filter((text) => !shown.has(optionWordOf(text).name))
  let refusal = inForce.refusal ?? line.refusal
  for (const [field, wish] of line.saidBy) {
    const [wanted, there, said] = [line.taken[field], inForce.taken[field], inForce.saidBy.get(field)]
    if (said === undefined || isSame(wanted, there)) continue
    if (allows?.(field, wanted, there)) taken[field] = wanted
    else if (wish.guards) refusal ??= contradiction(wish.word, said.word)
    else leftOut.push(wish.word.text)
  }
  return { taken, leftOut, refusal }
}

/** `777` is `0777`. */
function isSame(one: unknown, other: unknown): boolean {
  const plain = (value: unknown) => String(value).replace(/^0+(?=\d+$)/, '')
  return plain(one) === plain(other)
}

/** The word about writing that a line has, where the mount is the other way. */
function otherAccess(line: readonly string[], inForce: readonly string[]): string[] {
  const said = line.findLast((option) => option === 'ro' || option === 'rw')
  return said === undefined || (said === 'ro') === inForce.includes('ro') ? [] : [said]
}

function readWords<Config>(
  words: readonly OptionWord[],
  from: FoundMount['from'],
  { table, schema }: Meaning<Config>,
): ReadWords {
  const read: ReadWords = { taken: {}, leftOut: [], refusal: null, saidBy: new Map() }
  for (const word of words) {
    if (word.text === 'ro' || word.text === 'rw') continue
    const rule = ruleFor(word, table)
    if (rule?.fate === 'usual' || rule?.fate === 'elsewhere' || (rule?.unasked && from === 'kernel')) continue
    if (rule?.fate === 'refused') read.refusal ??= reasonFor(word.name, rule.why)
    if (rule?.fate !== 'kept') {
      read.leftOut.push(word.text)
      continue
    }
    const settings = rule.read(word.value)
    if (typeof settings !== 'string' && isValid(settings, schema)) {
      const after = table.after?.(read.taken as Partial<Config>, settings) ?? settings
      take(read, word, after, rule.guards === true)
      continue
    }
    const why = typeof settings === 'string' ? settings : 'Holdfast does not offer this value'
    if (rule.guards) read.refusal ??= reasonFor(word.name, why)
    read.leftOut.push(word.text)
  }
  return read
}

function take({ taken, saidBy }: ReadWords, word: OptionWord, settings: object, guards: boolean): void {
  for (const [field, value] of Object.entries(settings)) {
    if (taken[field] === value) continue
    taken[field] = value
    saidBy.set(field, { word, guards })
  }
}

/** By its name alone: a value may be a secret that came into the wrong place. */
function reasonFor(option: string, why: string): string {
  return `The option "${option}" cannot be taken over: ${why}. Change it on the host first, or leave this mount as it is.`
}

/** Both were understood, so that neither has a secret in it. */
function contradiction(wanted: OptionWord, inForce: OptionWord): string {
  return `Its line in /etc/fstab says "${wanted.text}", and "${inForce.text}" is in force: correct the line, or mount it again, then look again.`
}

function isValid(read: object, schema: z.ZodObject): boolean {
  return schema.partial().safeParse(read).success
}
