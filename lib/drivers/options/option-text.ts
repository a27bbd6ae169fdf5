import { HIDDEN, tellOptions } from '@/lib/drivers/options/hide-secrets'
import { type OptionTable, type OptionWord, optionWords, ruleFor, UNKNOWN } from '@/lib/drivers/options/option-table'
import { HoldfastError } from '@/lib/errors'

/**
 * `rw,soft,timeo=50` into typed settings; the last word on a subject wins. Words for mount(8) and systemd change nothing here. Throws
 * `invalid_input` that names the option. The values themselves are checked by the config schema afterwards.
 */
export function parseOptionText<Config>(text: string, table: OptionTable<Config>): Partial<Config> {
  const words = optionWords(text)
  const told = tellOptions(words.map((word) => word.text))
  const read: Partial<Config> = {}
  for (const [at, word] of words.entries()) {
    const settings = settingsOf(word, table, told[at] ?? HIDDEN)
    Object.assign(read, table.after?.(read, settings) ?? settings)
  }
  return read
}

function settingsOf<Config>(word: OptionWord, table: OptionTable<Config>, told: string): Partial<Config> {
  const rule = ruleFor(word, table)
  if (rule?.fate === 'usual' || rule?.fate === 'outside') return {}
  if (rule?.fate !== 'kept') throw refusal(told, rule?.why ?? UNKNOWN, table)
  const settings = rule.read(word.value)
  if (typeof settings === 'string') throw refusal(told, settings, table)
  return settings
}

/** An option is named as it may be told: what may be a secret is not repeated. */
function refusal<Config>(told: string, reason: string, { protocol }: OptionTable<Config>) {
  const shown = told === HIDDEN ? 'One word, which is not shown,' : `The option "${told.replace(`=${HIDDEN}`, '')}"`
  const message = `${shown} cannot be used: ${reason}.`
  return new HoldfastError('invalid_input', `${protocol}: ${message}`, {
    fields: [{ field: 'config.mount_options', message }],
  })
}
