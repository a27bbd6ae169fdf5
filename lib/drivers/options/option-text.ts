import { HoldfastError } from '@/lib/errors'

/** What the words of a type's free-text mount options mean. A word that is in none of these lists is refused by its name. */
export interface OptionGrammar<Config> {
  /** For messages, such as `NFS`. */
  protocol: string
  /** Words that change nothing for this type; those of `ANYWHERE` need not be named. */
  ignored: readonly string[]
  flags: Readonly<Record<string, Partial<Config>>>
  /** `name=<whole number>`, for the field of that name. */
  numbers: readonly (keyof Config & string)[]
  /** `name=word`, for the field of that name. */
  words: readonly (keyof Config & string)[]
  /** `name=…` that needs a look of its own; a text that it answers is the reason for refusing it. */
  others: Readonly<Record<string, (value: string) => Partial<Config> | string>>
  whyRefused: Readonly<Record<string, string>>
  /** What stands behind the "=" may be a secret: refusals name the option without it. */
  hidesValues?: boolean
}

/** The default already, or meaningless outside of fstab. */
const ANYWHERE = ['defaults', '_netdev', 'nofail', 'auto', 'noauto', 'nouser', 'nosuid', 'nodev']

const NEVER: Readonly<Record<string, string>> = {
  suid: 'every mount is nosuid',
  dev: 'every mount is nodev',
  user: 'only Holdfast mounts and unmounts',
  users: 'only Holdfast mounts and unmounts',
}

/**
 * `rw,soft,timeo=50` into typed settings; the last word on a subject wins. Throws `invalid_input` that names the option. The values
 * themselves are checked by the config schema afterwards.
 */
export function parseOptionText<Config>(text: string, grammar: OptionGrammar<Config>): Partial<Config> {
  const options = text.split(',').map((part) => part.trim())
  const meant = options.filter(
    (option) => option !== '' && !ANYWHERE.includes(option) && !grammar.ignored.includes(option),
  )
  return Object.assign({}, ...meant.map((option) => parseOption(option, grammar)))
}

function parseOption<Config>(option: string, grammar: OptionGrammar<Config>): Record<string, unknown> {
  const { flags, numbers, words, others, whyRefused } = grammar
  const flag = own(flags, option)
  if (flag !== undefined) return flag
  const [, name = option, value] = /^([^=]*)=(.*)$/s.exec(option) ?? []
  const refuse = (reason: string) => refusal(grammar.hidesValues ? name : option, reason, grammar.protocol)
  if (value !== undefined) {
    const meant = own(others, name)?.(value)
    if (typeof meant === 'string') throw refuse(meant)
    if (meant !== undefined) return meant
    if (words.some((known) => known === name)) return { [name]: value }
    if (numbers.some((known) => known === name)) {
      if (!/^\d{1,10}$/.test(value)) throw refuse(`${name} needs a whole number`)
      return { [name]: Number(value) }
    }
  }
  throw refuse(own(whyRefused, name) ?? own(NEVER, name) ?? 'it is not one of the options Holdfast knows')
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

function refusal(option: string, reason: string, protocol: string): HoldfastError {
  return new HoldfastError('invalid_input', `The ${protocol} option "${option}" cannot be used: ${reason}.`, {
    fields: [{ field: 'config.mount_options', message: `The option "${option}" cannot be used: ${reason}.` }],
  })
}
