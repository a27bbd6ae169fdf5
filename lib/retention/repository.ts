import { type Db, db } from '@/lib/db/client'
import { CLEANED_KEY, RETENTION_KEYS, type RetainedKind } from '@/lib/retention/schema'

/** The settings of retention that were made, and when there was a clean-up last. */
export async function findSettings(tx: Db = db()): Promise<Map<string, unknown>> {
  const keys = [...Object.values(RETENTION_KEYS), CLEANED_KEY]
  const rows = await tx.setting.findMany({ where: { key: { in: keys } }, select: { key: true, value: true } })
  return new Map(rows.map((row) => [row.key, row.value]))
}

export async function saveDays(tx: Db, kind: RetainedKind, days: number): Promise<void> {
  const key = RETENTION_KEYS[kind]
  await tx.setting.upsert({ where: { key }, create: { key, value: days }, update: { value: days } })
}

export interface Stored {
  stored: number
  oldestAt: Date | null
  due: number
}

/** `before`: what is older is due. Operations that have not finished never are. */
export async function countOperations(before: Date): Promise<Stored & { logLines: number }> {
  const [all, due, logLines] = await Promise.all([
    db().operation.aggregate({ _count: { _all: true }, _min: { createdAt: true } }),
    db().operation.count({ where: { finishedAt: { lt: before } } }),
    db().operationStep.count(),
  ])
  return { stored: all._count._all, oldestAt: all._min.createdAt, due, logLines }
}

export async function countMountEvents(before: Date): Promise<Stored> {
  const [all, due] = await Promise.all([
    db().mountEvent.aggregate({ _count: { _all: true }, _min: { at: true } }),
    db().mountEvent.count({ where: { at: { lt: before } } }),
  ])
  return { stored: all._count._all, oldestAt: all._min.at, due }
}

export async function countAudit(): Promise<Stored> {
  const all = await db().auditEntry.aggregate({ _count: { _all: true }, _min: { at: true } })
  return { stored: all._count._all, oldestAt: all._min.at, due: 0 }
}
