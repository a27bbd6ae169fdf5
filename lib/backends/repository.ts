import { type Db, db, type Prisma } from '@/lib/db/client'

const COLUMNS = {
  id: true,
  name: true,
  driver: true,
  config: true,
  source: true,
  generation: true,
  createdAt: true,
  updatedAt: true,
  observedStatus: true,
  observedAt: true,
  observedError: true,
  lastTestAt: true,
  lastTestOperation: true,
  totalBytes: true,
  usedBytes: true,
  availableBytes: true,
  fileCount: true,
  usageAt: true,
} as const satisfies Prisma.BackendSelect

export type BackendRecord = Prisma.BackendGetPayload<{ select: typeof COLUMNS }>

/** What may be known of a secret; the sealed text stays in the database. */
export interface SecretRecord {
  backendId: string
  field: string
  fingerprint: string
  updatedAt: Date
}

const SECRET = { backendId: true, field: true, fingerprint: true, updatedAt: true } as const

export interface BackendFilter {
  driver?: string | undefined
  status?: BackendRecord['observedStatus'] | undefined
  ids?: readonly string[] | undefined
}

function whereOf({ driver, status, ids }: BackendFilter): Prisma.BackendWhereInput {
  return {
    ...(driver === undefined ? {} : { driver }),
    ...(status === undefined ? {} : { observedStatus: status }),
    ...(ids === undefined ? {} : { id: { in: [...ids] } }),
  }
}

/** In the order of their ids, which is the order in which they were made. */
export function findPage(filter: BackendFilter, after: string | undefined, take: number): Promise<BackendRecord[]> {
  const where: Prisma.BackendWhereInput =
    after === undefined ? whereOf(filter) : { AND: [whereOf(filter), { id: { gt: after } }] }
  return db().backend.findMany({ where, select: COLUMNS, orderBy: { id: 'asc' }, take })
}

export function count(filter: BackendFilter): Promise<number> {
  return db().backend.count({ where: whereOf(filter) })
}

export function findNames() {
  return db().backend.findMany({ select: { id: true, name: true, source: true } })
}

export function findById(id: string, tx: Db = db()): Promise<BackendRecord | null> {
  return tx.backend.findUnique({ where: { id }, select: COLUMNS })
}

/** Of one backend, or of all. */
export function findSecrets(backendId?: string): Promise<SecretRecord[]> {
  return db().backendSecret.findMany({ ...(backendId === undefined ? {} : { where: { backendId } }), select: SECRET })
}

export async function findSealed(backendId: string): Promise<Record<string, string>> {
  const rows = await db().backendSecret.findMany({ where: { backendId }, select: { field: true, sealed: true } })
  return Object.fromEntries(rows.map((row) => [row.field, row.sealed]))
}

/** Mounts by backend, those that are being removed left out. */
export async function countMounts(backendId?: string): Promise<Map<string, number>> {
  const groups = await db().mount.groupBy({
    by: ['backendId'],
    where: { deletedAt: null, ...(backendId === undefined ? {} : { backendId }) },
    _count: { _all: true },
  })
  return new Map(groups.map((group) => [group.backendId, group._count._all]))
}

/** Also mounts that hosts have not let go of yet. */
export function findUses(tx: Db, backendId: string) {
  return tx.mount.findMany({ where: { backendId }, select: { id: true, name: true, deletedAt: true } })
}

export interface NewBackend {
  id: string
  name: string
  driver: string
  config: Record<string, unknown>
  source: string
}

export function insert(tx: Db, row: NewBackend): Promise<BackendRecord> {
  return tx.backend.create({ data: { ...row, config: row.config as Prisma.InputJsonObject }, select: COLUMNS })
}

export interface SealedRow {
  field: string
  sealed: string
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

export interface BackendChange {
  name?: string
  config?: Record<string, unknown>
  source?: string
}

/**
 * Raises the generation; null when it is not `expected` any more. What was observed of the earlier config is forgotten when
 * the config or a secret changes.
 */
export async function update(
  tx: Db,
  id: string,
  expected: number,
  change: BackendChange,
  isReconfigured: boolean,
): Promise<BackendRecord | null> {
  const { config, ...columns } = change
  const [row] = await tx.backend.updateManyAndReturn({
    where: { id, generation: expected },
    data: {
      ...columns,
      ...(config === undefined ? {} : { config: config as Prisma.InputJsonObject }),
      ...(isReconfigured ? { observedStatus: 'unknown', observedError: null, observedAt: null } : {}),
      generation: { increment: 1 },
    },
    select: COLUMNS,
  })
  return row ?? null
}

export async function remove(tx: Db, id: string): Promise<void> {
  await tx.backend.delete({ where: { id }, select: { id: true } })
}
