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

interface Meaning<Config> {
  table: OptionTable<Config>
  /** Of the settings. */
  schema: z.ZodObject
}

/**
 * Settings from the options of a mount in force and of its line in fstab, or of the line alone. What the kernel shows unasked is
 * nobody's choice; every word of a line is one. Whether it is read only is a matter of the mount and not of the storage.
 */
export function readOptions<Config>(found: FoundMount, meaning: Meaning<Config>): ReadOptions {
  const first = readWords(found.options.map(optionWordOf), found.from, meaning)
  if (found.line === undefined || found.from === 'fstab') return first
  // The kernel does not show everything that was asked for.
  const shown = new Set(found.options.map((option) => optionWordOf(option).name))
  const unseen = found.line.options.map(optionWordOf).filter(({ name }) => !shown.has(name))
  const rest = readWords(unseen, 'fstab', meaning)
  const valued = readWords(
    unseen.filter(({ isFlag }) => !isFlag),
    'fstab',
    meaning,
  )
  return {
    taken: { ...valued.taken, ...first.taken },
    leftOut: [...new Set([...first.leftOut, ...rest.leftOut])],
    refusal: first.refusal ?? rest.refusal,
  }
}

function readWords<Config>(
  words: readonly OptionWord[],
  from: FoundMount['from'],
  { table, schema }: Meaning<Config>,
): ReadOptions {
  const read: ReadOptions = { taken: {}, leftOut: [], refusal: null }
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
      Object.assign(read.taken, settings)
      continue
    }
    const why = typeof settings === 'string' ? settings : 'Holdfast does not offer this value'
    if (rule.guards) read.refusal ??= reasonFor(word.name, why)
    read.leftOut.push(word.text)
  }
  return read
}

/** By its name alone: a value may be a secret that came into the wrong place. */
function reasonFor(option: string, why: string): string {
  return `The option "${option}" cannot be taken over: ${why}. Change it on the host first, or leave this mount as it is.`
}

function isValid(read: object, schema: z.ZodObject): boolean {
  return schema.partial().safeParse(read).success
}
