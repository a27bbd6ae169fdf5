import { type OptionTable, type OptionWord, optionWords, ruleFor, UNKNOWN } from '@/lib/drivers/options/option-table'
import { HoldfastError } from '@/lib/errors'

/**
 * `rw,soft,timeo=50` into typed settings; the last word on a subject wins. Words for mount(8) and systemd change nothing here. Throws
 * `invalid_input` that names the option. The values themselves are checked by the config schema afterwards.
 */
export function parseOptionText<Config>(text: string, table: OptionTable<Config>): Partial<Config> {
  const read: Partial<Config> = {}
  for (const word of optionWords(text.replace(/^\s*-o\s+/, ''))) {
    const settings = settingsOf(word, table)
    Object.assign(read, table.after?.(read, settings) ?? settings)
  }
  return read
}

function settingsOf<Config>(word: OptionWord, table: OptionTable<Config>): Partial<Config> {
  const rule = ruleFor(word, table)
  if (rule?.fate === 'usual' || rule?.fate === 'outside') return {}
  if (rule?.fate !== 'kept') throw refusal(word, rule?.why ?? UNKNOWN, table)
  const settings = rule.read(word.value)
  if (typeof settings === 'string') throw refusal(word, settings, table)
  return settings
}

function refusal<Config>(word: OptionWord, reason: string, { protocol, hidesValues }: OptionTable<Config>) {
  const shown = hidesValues ? word.name : word.text
  return new HoldfastError('invalid_input', `The ${protocol} option "${shown}" cannot be used: ${reason}.`, {
    fields: [{ field: 'config.mount_options', message: `The option "${shown}" cannot be used: ${reason}.` }],
  })
}
