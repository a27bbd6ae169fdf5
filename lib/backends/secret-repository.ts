import { DbNull } from '@prisma/client/runtime/client'
import { type Db, db } from '@/lib/db/client'
import type { StoredSecret } from '@/lib/db/sealed-secrets'
import { overridesOf } from '@/lib/mounts/effective'

/** What may be known of a secret; the sealed text stays in the database. */
export interface SecretRecord {
  backendId: string
  field: string
  fingerprint: string
  updatedAt: Date
}

const SECRET = { backendId: true, field: true, fingerprint: true, updatedAt: true } as const

/** Of all backends. */
export function findSecrets(): Promise<SecretRecord[]> {
  return db().backendSecret.findMany({ select: SECRET })
}

export function findSealed(backendId: string): Promise<(StoredSecret & { fingerprint: string })[]> {
  return db().backendSecret.findMany({
    where: { backendId },
    select: { field: true, sealed: true, sealedFor: true, fingerprint: true },
  })
}

/** Config fields of a backend that are other ones on single hosts, over all of its mounts; each kind once, in a stable order. */
export async function findConfigOverrides(
  backendId: string,
  { except, tx = db() }: { except?: { mountId: string; hostId: string }; tx?: Db } = {},
): Promise<Record<string, unknown>[]> {
  const rows = await tx.mountOnHost.findMany({
    where: {
      mount: { backendId },
      removed: false,
      overrides: { not: DbNull },
      ...(except ? { NOT: { mountId: except.mountId, hostId: except.hostId } } : {}),
    },
    select: { overrides: true },
  })
  const configs = rows.map(({ overrides }) => overridesOf(overrides).config ?? {})
  const distinct = new Map(configs.map((config) => [JSON.stringify(Object.entries(config).sort()), config]))
  return [...distinct.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, config]) => config)
}

/** The same secrets, sealed anew; false when one of them is not what it was before. */
export async function replaceSealed(
  tx: Db,
  backendId: string,
  secrets: readonly { field: string; before: string; sealed: string }[],
): Promise<boolean> {
  for (const { field, before, sealed } of secrets) {
    const where = { backendId, field, sealed: before }
    const { count } = await tx.backendSecret.updateMany({ where, data: { sealed, sealedFor: null } })
    if (count !== 1) return false
  }
  return true
}

export function findAllSealed(tx: Db) {
  return tx.backendSecret.findMany({
    select: { backendId: true, field: true, sealed: true, backend: { select: { name: true } } },
  })
}

export async function deleteSecret(tx: Db, backendId: string, field: string): Promise<void> {
  await tx.backendSecret.delete({ where: { backendId_field: { backendId, field } }, select: { field: true } })
}

/** The secrets of one backend for another one, as they are: nobody opens them on the way. */
export async function copySecrets(tx: Db, from: string, to: string): Promise<string[]> {
  const rows = await tx.backendSecret.findMany({ where: { backendId: from } })
  const copies = rows.map(({ field, sealed, fingerprint, sealedFor }) => ({
    backendId: to,
    field,
    sealed,
    fingerprint,
    sealedFor: sealedFor ?? from,
  }))
  if (copies.length > 0) await tx.backendSecret.createMany({ data: copies })
  return copies.map(({ field }) => field)
}

export interface SealedRow {
  field: string
  sealed: string
  /** The backend that it was sealed for, of a copy. */
  sealedFor?: string | null
  fingerprint: string
}

export async function insertSecrets(tx: Db, backendId: string, secrets: readonly SealedRow[]): Promise<void> {
  if (secrets.length === 0) return
  await tx.backendSecret.createMany({ data: secrets.map((secret) => ({ backendId, ...secret })) })
}

export async function replaceSecrets(
  tx: Db,
  backendId: string,
  secrets: readonly SealedRow[],
  cleared: readonly string[],
): Promise<void> {
  const fields = [...cleared, ...secrets.map((secret) => secret.field)]
  if (fields.length > 0) await tx.backendSecret.deleteMany({ where: { backendId, field: { in: fields } } })
  await insertSecrets(tx, backendId, secrets)
}
