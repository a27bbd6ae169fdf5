import { type Db, db, type Prisma } from '@/lib/db/client'

export type RuleRow = Prisma.AlertRuleGetPayload<object>

export function findRules(tx: Db = db()): Promise<RuleRow[]> {
  return tx.alertRule.findMany({ orderBy: [{ kind: 'asc' }, { subjectId: 'asc' }] })
}

type Key = Pick<RuleRow, 'kind' | 'subjectId'>

export async function save(tx: Db, { kind, subjectId, ...columns }: Omit<RuleRow, 'updatedAt'>): Promise<void> {
  const where = { kind_subjectId: { kind, subjectId } }
  await tx.alertRule.upsert({ where, create: { kind, subjectId, ...columns }, update: columns, select: { kind: true } })
}

/** How many there were: none or one. */
export async function remove(tx: Db, { kind, subjectId }: Key): Promise<number> {
  return (await tx.alertRule.deleteMany({ where: { kind, subjectId } })).count
}

export interface Subject {
  kind: 'backend' | 'pool'
  id: string
  name: string
}

/** Those of these that are still there. */
export async function findSubjects(ids: readonly string[], tx: Db = db()): Promise<Map<string, Subject>> {
  const id = { in: [...ids] }
  const select = { id: true, name: true } as const
  const [backends, pools] = await Promise.all([
    tx.backend.findMany({ where: { id }, select }),
    tx.pool.findMany({ where: { id, deletedAt: null }, select }),
  ])
  return new Map<string, Subject>([
    ...backends.map((row) => [row.id, { kind: 'backend', ...row }] as const),
    ...pools.map((row) => [row.id, { kind: 'pool', ...row }] as const),
  ])
}
