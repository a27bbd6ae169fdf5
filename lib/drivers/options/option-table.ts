/**
 * What becomes of every word that can stand among mount options. One table per type, over the words of mount(8) and systemd.mount(5)
 * that all types share (`system-words.ts`). A word that is in no table is named like one that is missing here: none vanishes.
 */
export type OptionRule<Config> = Fate<Config> & {
  /** The kernel shows it without being asked, so that in mountinfo it says nothing about what somebody wanted. */
  unasked?: true
}

type Fate<Config> =
  /** Settings of ours. A text says why this value is none; `guards`: then the mount is refused, since the default would be less safe. */
  | { fate: 'kept'; read(value: string): Partial<Config> | string; guards?: true }
  /** Every mount of ours is so, or it is the default: nothing is lost. */
  | { fate: 'usual' }
  /** A field of its own has it, such as the server or the user name. */
  | { fate: 'elsewhere'; why: string }
  /** For mount(8) or systemd and not for the file system. */
  | { fate: 'outside'; why: string }
  /** Holdfast does not have it. */
  | { fate: 'missing'; why: string }
  /** The same, and without it the mount would be less safe, or another one. */
  | { fate: 'refused'; why: string }

export interface OptionTable<Config> {
  /** For messages, such as `NFS`. */
  protocol: string
  /** By word: `hard` for a flag, `timeo=` for any value, `sec=none` for this one. */
  words: Readonly<Record<string, OptionRule<Config>>>
  /** Settings of a word after those of the words before it, where it does not simply replace them. */
  after?(before: Partial<Config>, settings: Partial<Config>): Partial<Config>
}

export const UNKNOWN = 'it is not one of the options Holdfast knows'

export const usual = { fate: 'usual' } as const
export const unasked = { fate: 'usual', unasked: true } as const
export const outside = (why: string) => ({ fate: 'outside', why }) as const
export const missing = (why = 'Holdfast does not have this option') => ({ fate: 'missing', why }) as const
export const refused = (why: string) => ({ fate: 'refused', why }) as const
export const elsewhere = (why: string) => ({ fate: 'elsewhere', why }) as const

/** A word that stands for these settings. */
export function sets<Config>(settings: Partial<Config>): OptionRule<Config> {
  return { fate: 'kept', read: () => settings }
}

/** `name=5`, for the field. */
export function wholeNumber<Config>(field: keyof Config & string): OptionRule<Config> {
  return {
    fate: 'kept',
    read: (value) =>
      /^\d{1,10}$/.test(value) ? setting<Config>(field, Number(value)) : `${field} needs a whole number`,
  }
}

/** Bytes: what lies outside of the limits, or is no whole KiB, becomes what the kernel makes of it. */
export function size<Config>(field: keyof Config & string, limits: { least: number; most: number }) {
  return {
    fate: 'kept',
    read(value: string): Partial<Config> | string {
      if (!/^\d{1,10}$/.test(value)) return `${field} needs a whole number`
      const within = Math.min(Math.floor(Number(value) / 1024) * 1024, limits.most)
      return within < limits.least ? `${field} is at least ${limits.least}` : setting<Config>(field, within)
    },
  } as const
}

/** `name=word`, for the field; other words for the same are put into ours. The schema of the config judges the rest. */
export function wordFor<Config>(
  field: keyof Config & string,
  synonyms: Readonly<Record<string, string>> = {},
): OptionRule<Config> {
  return { fate: 'kept', read: (value) => setting<Config>(field, own(synonyms, value) ?? value) }
}

function setting<Config>(field: keyof Config & string, value: unknown): Partial<Config> {
  return { [field]: value } as Partial<Config>
}

/** One rule for several words, with spaces between. */
export function each<Rule>(words: string, rule: Rule): Record<string, Rule> {
  return Object.fromEntries(words.split(' ').map((word) => [word, rule]))
}

export interface OptionWord {
  text: string
  name: string
  /** Empty for a flag. */
  value: string
  isFlag: boolean
}

/** Around options in a command, in what mount(8) prints, and in a line of fstab. */
function bareOptions(text: string): string {
  return text
    .replace(/^\s*-o\s+/, '')
    .replace(/^\s*\(([^()]*)\)\s*$/, '$1')
    .replace(/[ \t]+\d[ \t]+\d\s*$/, '')
}

/** `a,b="c,d"`: a comma in quotes does not end an option, as in mount(8). */
export function optionWords(text: string): OptionWord[] {
  return (bareOptions(text).match(/(?:[^,"]|"[^"]*"?)+/g) ?? [])
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(optionWordOf)
}

export function optionWordOf(text: string): OptionWord {
  const at = text.indexOf('=')
  if (at < 0) return { text, name: text, value: '', isFlag: true }
  return { text, name: text.slice(0, at), value: text.slice(at + 1), isFlag: false }
}

/** What becomes of a word; undefined for one that no table has. */
export function ruleFor<Config>(word: OptionWord, table: OptionTable<Config>): OptionRule<Config> | undefined {
  const rule = own(table.words, word.text) ?? own(table.words, word.isFlag ? word.name : `${word.name}=`)
  if (rule !== undefined) return rule
  // What other programs write down for themselves: mount(8) and file systems never see it.
  return /^x-/i.test(word.name) ? outside('it is a note for other programs') : undefined
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}
