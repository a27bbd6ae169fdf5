import { destinationsFor, refuseFields, secretsToEnterAgain } from '@/lib/backends/destinations'
import { findConfigOverrides, findSealed } from '@/lib/backends/secret-repository'
import { differingKeys } from '@/lib/drivers/descriptor-destination'
import { destinationOf } from '@/lib/drivers/destination'
import { parseBackendInput } from '@/lib/drivers/input'
import { driverById } from '@/lib/drivers/registry'
import { secretKeys } from '@/lib/drivers/settings'
import type { FieldProblem } from '@/lib/errors'
import { sealSecrets } from '@/lib/installation/service'

type Config = Record<string, unknown>

interface Backend {
  id: string
  driver: string
  /** The JSON column. */
  config: unknown
}

interface OwnOfHost {
  mountId: string
  hostId: string
  config: Config
}

/** A secret of a backend, entered again for one host and sealed for that host's destination as well. */
export interface Resealed {
  field: string
  /** As it was sealed before. */
  before: string
  sealed: string
}

/** What somebody says of one host: secrets apart, which are taken only where another destination needs them. */
export function separateSecrets(backend: Backend, given: Config): { own: Config; secrets: Config } {
  const { driver } = backend
  const config = backend.config as Config
  const secretNames = secretKeys(driverById(driver))
  const entries = Object.entries(given)
  const own = Object.fromEntries(entries.filter(([key]) => !secretNames.includes(key)))
  const isElsewhere =
    differingKeys(destinationOf(driver, config), destinationOf(driver, { ...config, ...own })).length > 0
  if (!isElsewhere) return { own: given, secrets: {} }
  return { own, secrets: Object.fromEntries(entries.filter(([key]) => secretNames.includes(key))) }
}

/**
 * The backend's secrets sealed for where they go from this host as well; empty when they are already. A secret is the same on every
 * host, so what was entered must be what is stored. Throws `invalid_input` for one that was not entered, or is another.
 */
export async function sealForHost(backend: Backend, own: OwnOfHost, entered: Config): Promise<Resealed[]> {
  const { id, driver } = backend
  const config = backend.config as Config
  const stored = await findSealed(id)
  const here = { ...config, ...own.config }
  const needed = secretsToEnterAgain(stored, destinationsFor(driver, here))
  const given = Object.entries(entered).filter(([, value]) => value !== '' && value !== null && value !== undefined)
  const unknown = given.filter(([field]) => !stored.some((secret) => secret.field === field))
  const missing = needed.filter(({ field }) => !given.some(([key]) => field === `config.${key}`))
  refuseFields([...unknown.map(([field]) => notStored(field)), ...missing])
  if (given.length === 0) return []
  const { secrets } = parseBackendInput(driver, { ...here, ...Object.fromEntries(given) }, { isTold: true })
  const others = await findConfigOverrides(id, { except: own })
  const sealed = await sealSecrets(id, secrets, destinationsFor(driver, config, [...others, own.config]))
  const before = new Map(stored.map((secret) => [secret.field, secret]))
  const wrong = sealed.filter(({ field, fingerprint }) => before.get(field)?.fingerprint !== fingerprint)
  refuseFields(wrong.map(({ field }) => another(field)))
  return sealed.map(({ field, sealed: text }) => ({ field, before: before.get(field)?.sealed ?? '', sealed: text }))
}

function notStored(field: string): FieldProblem {
  return {
    field: `config.${field}`,
    message: 'The backend has no such secret; set it there, and it holds on every host.',
  }
}

function another(field: string): FieldProblem {
  const message =
    'This is not what the backend has. A secret is the same on every host: change it on the backend first.'
  return { field: `config.${field}`, message }
}
