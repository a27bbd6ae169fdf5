import { type Db, db, type Prisma } from '@/lib/db/client'

const COLUMNS = {
  id: true,
  list: true,
  name: true,
  query: true,
  createdAt: true,
  updatedAt: true,
} as const satisfies Prisma.SavedViewSelect

export type ViewRecord = Prisma.SavedViewGetPayload<{ select: typeof COLUMNS }>

export function findAll(userId: string, list: string | undefined): Promise<ViewRecord[]> {
  const where = { userId, ...(list === undefined ? {} : { list }) }
  return db().savedView.findMany({ where, select: COLUMNS, orderBy: { id: 'asc' } })
}

export function findOwn(tx: Db, id: string, userId: string): Promise<ViewRecord | null> {
  return tx.savedView.findFirst({ where: { id, userId }, select: COLUMNS })
}

export function count(tx: Db, userId: string): Promise<number> {
  return tx.savedView.count({ where: { userId } })
}

export function insert(
  tx: Db,
  row: { id: string; userId: string; list: string; name: string; query: string },
): Promise<ViewRecord> {
  return tx.savedView.create({ data: row, select: COLUMNS })
}

export function update(
  tx: Db,
  id: string,
  change: { name?: string | undefined; query?: string | undefined },
): Promise<ViewRecord> {
  const { name, query } = change
  const data = { ...(name === undefined ? {} : { name }), ...(query === undefined ? {} : { query }) }
  return tx.savedView.update({ where: { id }, data, select: COLUMNS })
}

export async function remove(tx: Db, id: string): Promise<void> {
  await tx.savedView.delete({ where: { id }, select: { id: true } })
}
