import { DbNull } from '@prisma/client/runtime/client'
import type { Db, Prisma } from '@/lib/db/client'

const SECRET = {
  backendId: true,
  field: true,
  sealed: true,
  sealedFor: true,
  backend: {
    select: {
      id: true,
      name: true,
      driver: true,
      config: true,
      generation: true,
      mounts: {
        select: { hosts: { where: { removed: false, overrides: { not: DbNull } }, select: { overrides: true } } },
      },
    },
  },
} as const satisfies Prisma.BackendSecretSelect

/** A stored secret with what says where it goes. */
export type SecretOfBackend = Prisma.BackendSecretGetPayload<{ select: typeof SECRET }>

export function findSecretsToBind(db: Db): Promise<SecretOfBackend[]> {
  return db.backendSecret.findMany({ select: SECRET, orderBy: [{ backendId: 'asc' }, { field: 'asc' }] })
}

/** The same secret, sealed anew; false when it or its backend is not what was read. `updatedAt` tells when a person entered it. */
export async function saveBound(tx: Db, secret: SecretOfBackend, sealed: string): Promise<boolean> {
  const { backendId, field } = secret
  const backend = await tx.backend.findUnique({ where: { id: backendId }, select: { generation: true } })
  if (backend?.generation !== secret.backend.generation) return false
  const row = await tx.backendSecret.findUnique({
    where: { backendId_field: { backendId, field } },
    select: { sealed: true, updatedAt: true },
  })
  if (row?.sealed !== secret.sealed) return false
  const { count } = await tx.backendSecret.updateMany({
    where: { backendId, field, sealed: secret.sealed },
    data: { sealed, updatedAt: row.updatedAt },
  })
  return count === 1
}
