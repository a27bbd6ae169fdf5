import type { Binding } from '@/lib/controller/keys/sealing-keys'
import { findSecretsToBind, type SecretOfBackend, saveBound } from '@/lib/controller/keys/secrets-repository'
import type { Db, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { destinationsOf } from '@/lib/db/sealed-secrets'
import type { Destination } from '@/lib/drivers/descriptor-destination'
import { destinationOf } from '@/lib/drivers/destination'
import { isDriverId } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { overridesOf } from '@/lib/mounts/effective'

/** A backend whose secret was bound, for the audit. */
export interface BoundSecret {
  backend: { id: string; name: string }
  field: string
  destinations: readonly Destination[]
}

export interface BindParts {
  prisma: PrismaClient
  log: Log
  audit(tx: Db, bound: BoundSecret): Promise<void>
}

/** How often a secret is read again that somebody changes in this very moment. */
const ROUNDS = 5

/**
 * Seals the secrets from before they had destinations again, each for where its backend and the hosts with another address have it
 * now. Done once for an installation, before anything else is opened; from then on a secret without destinations is refused. What
 * cannot be opened stays as it is, and has to be entered again. Throws what keeps the database from being written: nothing is then
 * said to be done, and the next start goes on.
 */
export async function bindSecrets(parts: BindParts, binding: Binding): Promise<void> {
  let count = 0
  let changed = true
  for (let round = 0; changed && round < ROUNDS; round++) {
    changed = false
    for (const secret of await findSecretsToBind(parts.prisma)) {
      if (destinationsOf(secret.sealed).length > 0 || !isDriverId(secret.backend.driver)) continue
      const outcome = await bindOne(parts, binding, secret)
      if (outcome === 'bound') count++
      else if (outcome === 'changed') changed = true
    }
  }
  if (changed)
    throw new HoldfastError('unavailable', 'The stored secrets are being changed; start the controller again.')
  binding.finish()
  if (count > 0) parts.log.info('stored secrets were bound to where they are sent', { count })
}

/** `changed`: somebody has changed the backend or the secret since it was read. */
async function bindOne(
  { prisma, log, audit }: BindParts,
  binding: Binding,
  secret: SecretOfBackend,
): Promise<'bound' | 'changed' | 'unopened'> {
  const { backend, field } = secret
  const destinations = destinationsFrom(secret)
  let sealed: string
  try {
    sealed = await binding.seal(secret.sealed, { ownerId: secret.sealedFor ?? backend.id, field }, destinations)
  } catch (error) {
    const about = { backendId: backend.id, field, error }
    log.error('a stored secret could not be bound to where it is sent; enter it again', about)
    return 'unopened'
  }
  const isBound = await retryContention(() =>
    prisma.$transaction(async (tx) => {
      if (!(await saveBound(tx, secret, sealed))) return false
      await audit(tx, { backend: { id: backend.id, name: backend.name }, field, destinations })
      return true
    }),
  )
  return isBound ? 'bound' : 'changed'
}

function destinationsFrom({ backend }: SecretOfBackend): Destination[] {
  const config = backend.config as Record<string, unknown>
  const overrides = backend.mounts.flatMap((mount) => mount.hosts.map((row) => overridesOf(row.overrides).config ?? {}))
  return [config, ...overrides.map((own) => ({ ...config, ...own }))].map((each) => destinationOf(backend.driver, each))
}
