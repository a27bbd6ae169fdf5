import type { Binding } from '@/lib/controller/sealing-keys'
import { findSecretsToBind, type SecretOfBackend, saveBound } from '@/lib/controller/secrets-repository'
import type { Db, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { destinationsOf } from '@/lib/db/sealed-secrets'
import { type Destination, destinationOf } from '@/lib/drivers/destination'
import { isDriverId } from '@/lib/drivers/registry'
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

/**
 * Seals the secrets from before they had destinations again, each for where its backend and the hosts with another address have it
 * now. Done once for an installation, before anything else is opened; from then on a secret without destinations is refused. What
 * cannot be opened stays as it is, and has to be entered again.
 */
export async function bindSecrets({ prisma, log, audit }: BindParts, binding: Binding): Promise<void> {
  let count = 0
  for (const secret of await findSecretsToBind(prisma)) {
    if (destinationsOf(secret.sealed).length > 0 || !isDriverId(secret.backend.driver)) continue
    const { backend, field } = secret
    const destinations = destinationsFrom(secret)
    try {
      const context = { ownerId: secret.sealedFor ?? backend.id, field }
      const sealed = await binding.seal(secret.sealed, context, destinations)
      const isBound = await retryContention(() =>
        prisma.$transaction(async (tx) => {
          // Not when somebody has changed the backend or the secret since it was read.
          if (!(await saveBound(tx, secret, sealed))) return false
          await audit(tx, { backend: { id: backend.id, name: backend.name }, field, destinations })
          return true
        }),
      )
      if (isBound) count++
    } catch (error) {
      log.error('a stored secret could not be bound to where it is sent; enter it again', {
        backendId: backend.id,
        field,
        error,
      })
    }
  }
  binding.finish()
  if (count > 0) log.info('stored secrets were bound to where they are sent', { count })
}

function destinationsFrom({ backend }: SecretOfBackend): Destination[] {
  const config = backend.config as Record<string, unknown>
  const overrides = backend.mounts.flatMap((mount) => mount.hosts.map((row) => overridesOf(row.overrides).config ?? {}))
  return [config, ...overrides.map((own) => ({ ...config, ...own }))].map((each) => destinationOf(backend.driver, each))
}
