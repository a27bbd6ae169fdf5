import type { ChainedEntry } from '@/lib/audit/chain'
import { type Db, database, db, type Prisma } from '@/lib/db/client'
import { jsonValue } from '@/lib/db/raw-values'
import type { OperationStatus } from '@/lib/operations/schema'

export type AuditRow = ChainedEntry & { hash: string }

/** Number of the advisory lock that serialises writers of the chain on PostgreSQL. */
const CHAIN_LOCK = 72_701_701

/**
 * The newest entry, and until the end of the transaction nobody else's turn. SQLite has one writer at a time anyway;
 * on PostgreSQL an advisory lock does it. Plain SQL here and in `insert`: every change in Holdfast pays for these two.
 */
export async function lockNewest(tx: Db): Promise<{ sequence: number; hash: string } | null> {
  if (database().provider === 'postgresql') await tx.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(${CHAIN_LOCK})`
  const [newest] = await tx.$queryRaw<{ sequence: number; hash: string }[]>`
    SELECT "sequence", "hash" FROM "AuditEntry" ORDER BY "sequence" DESC LIMIT 1`
  return newest ?? null
}

export async function insert(tx: Db, row: AuditRow): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "AuditEntry" ("sequence", "id", "at", "actorKind", "actorId", "actorName", "action", "targetKind",
      "targetId", "targetName", "result", "requestId", "change", "previousHash", "hash")
    VALUES (${row.sequence}, ${row.id}, ${row.at}, ${row.actorKind}, ${row.actorId}, ${row.actorName}, ${row.action},
      ${row.targetKind}, ${row.targetId}, ${row.targetName}, ${row.result}, ${row.requestId}, ${jsonValue(row.change)},
      ${row.previousHash}, ${row.hash})`
}

export interface AuditFilter {
  targetId?: string | undefined
  actorNames?: readonly string[] | undefined
  actions?: readonly string[] | undefined
  /** Null: entries about no single thing. */
  targetKinds?: readonly (string | null)[] | undefined
}

function whereOf({ targetId, actorNames, actions, targetKinds }: AuditFilter): Prisma.AuditEntryWhereInput {
  return {
    ...(targetId === undefined ? {} : { targetId }),
    ...(actorNames === undefined ? {} : { actorName: { in: [...actorNames] } }),
    ...(actions === undefined ? {} : { action: { in: [...actions] } }),
    ...(targetKinds === undefined ? {} : { OR: targetKinds.map((targetKind) => ({ targetKind })) }),
  }
}

export function findPage(filter: AuditFilter, before: number | undefined, limit: number): Promise<AuditRow[]> {
  const where = { ...whereOf(filter), ...(before === undefined ? {} : { sequence: { lt: before } }) }
  return db().auditEntry.findMany({ where, orderBy: { sequence: 'desc' }, take: limit })
}

/** How these operations stand, by id. */
export async function findOutcomes(ids: readonly string[]): Promise<Map<string, OperationStatus>> {
  if (ids.length === 0) return new Map()
  const rows = await db().operation.findMany({ where: { id: { in: [...ids] } }, select: { id: true, status: true } })
  return new Map(rows.map(({ id, status }) => [id, status]))
}

export function count(filter: AuditFilter): Promise<number> {
  return db().auditEntry.count({ where: whereOf(filter) })
}

/** In order, oldest first. */
export function findAfter(sequence: number, limit: number): Promise<AuditRow[]> {
  return db().auditEntry.findMany({ where: { sequence: { gt: sequence } }, orderBy: { sequence: 'asc' }, take: limit })
}
