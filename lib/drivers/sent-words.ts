import { z } from 'zod'
import { settingsIn } from '@/lib/drivers/descriptor-input'
import { HIDDEN, tellOptions } from '@/lib/drivers/options/hide-secrets'
import { optionWords } from '@/lib/drivers/options/option-table'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import { FREE_TEXT_FIELDS } from '@/lib/drivers/settings'
import { HoldfastError } from '@/lib/errors'

type Config = Record<string, unknown>

const Word = z.union([z.string().max(1024), z.number(), z.boolean()])

/**
 * Words of an older API in which a backend was sent, such as `mount_options`: they became settings of ours, and are kept beside these
 * only so that its client reads back what it wrote. Never a secret.
 */
export const SentWords = z.object({
  type: z.string().max(32).optional(),
  config: z.record(z.string(), Word),
})
export type SentWords = z.infer<typeof SentWords>

const isFreeText = (key: string) => (FREE_TEXT_FIELDS as readonly string[]).includes(key)

/** May everybody who sees the backend see it? Notes of other programs among options may hold anything. */
function isHarmless(key: string, value: unknown): boolean {
  return !isFreeText(key) || !tellOptions(optionWords(String(value)).map(({ text }) => text)).some(hasHidden)
}

const hasHidden = (told: string) => told.includes(HIDDEN)

/** What of a body that was understood as `config` is in no setting under its own name; null for nothing. */
export function sentWords(given: { type?: string; config: Config }, driver: string, config: Config): SentWords | null {
  const { secrets, aliases = {} } = driverById(driver)
  const isSecret = (key: string) => Object.hasOwn(secrets.shape, aliases[key] ?? key)
  const words = Object.entries(given.config).flatMap(([key, value]) => {
    const word = Word.safeParse(value)
    const isKept = word.success && word.data !== '' && config[key] === undefined && !isSecret(key)
    return isKept && isHarmless(key, word.data) ? [[key, word.data] as const] : []
  })
  const type = given.type === undefined || isDriverId(given.type) ? {} : { type: given.type }
  const said = agreeing(Object.fromEntries(words), driver, config)
  return Object.keys(said).length === 0 && type.type === undefined ? null : { ...type, config: said }
}

/** The words of a backend, as far as they say what its settings are now: whoever changed these otherwise changed the words with them. */
export function stillSaid(stored: unknown, driver: string, config: Config): SentWords {
  if (stored === null) return { config: {} }
  const parsed = SentWords.safeParse(stored)
  if (!parsed.success || !isDriverId(driver)) return { config: {} }
  const { config: words, ...type } = parsed.data
  return { ...type, config: agreeing(words, driver, config) }
}

/** All of them, or else those that agree with the settings each by itself. */
function agreeing(words: Config, driver: string, config: Config): SentWords['config'] {
  // Nearly every request: what it says stands in the settings as it was sent.
  if (Object.keys(words).length === 0) return {}
  const kept = saysTheSame(words, driver, config)
    ? Object.entries(words)
    : Object.entries(words).filter(([key, word]) => saysTheSame({ [key]: word }, driver, config))
  return Object.fromEntries(kept) as SentWords['config']
}

function saysTheSame(words: Config, driver: string, config: Config): boolean {
  if (Object.keys(words).some((key) => config[key] !== undefined)) return false
  try {
    // Beside the settings: a port alone says nothing, and may be another one than that of the portal.
    const said = settingsIn(driverById(driver), { ...config, ...words })
    return Object.entries(said).every(([key, value]) => value === config[key])
  } catch (error) {
    if (error instanceof HoldfastError) return false
    throw error
  }
}
