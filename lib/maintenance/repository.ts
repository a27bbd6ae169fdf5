import { z } from 'zod'
import { type Db, db, type Prisma } from '@/lib/db/client'
import { type Maintained, MaintenanceSubject, MaintenanceTiming } from '@/lib/maintenance/schema'
import { endOf } from '@/lib/maintenance/timing'

export interface MaintenanceRow {
  id: string
  reason: string
  subjects: MaintenanceSubject[]
  timing: MaintenanceTiming
  by: string
  byId: string
  createdAt: Date
  updatedAt: Date
}

type Stored = Prisma.MaintenanceWindowGetPayload<object>

function rowOf({ subjects, timing, ...row }: Stored): MaintenanceRow {
  return { ...row, subjects: z.array(MaintenanceSubject).parse(subjects), timing: MaintenanceTiming.parse(timing) }
}

export async function findAll(tx: Db = db()): Promise<MaintenanceRow[]> {
  return (await tx.maintenanceWindow.findMany({ orderBy: { id: 'desc' } })).map(rowOf)
}

/** Those that are not over. */
export async function findLasting(now: Date, tx: Db = db()): Promise<MaintenanceRow[]> {
  const where = { OR: [{ endsAt: null }, { endsAt: { gt: now } }] }
  return (await tx.maintenanceWindow.findMany({ where, orderBy: { id: 'asc' } })).map(rowOf)
}

export async function findById(id: string, tx: Db = db()): Promise<MaintenanceRow | null> {
  const row = await tx.maintenanceWindow.findUnique({ where: { id } })
  return row && rowOf(row)
}

export function count(tx: Db): Promise<number> {
  return tx.maintenanceWindow.count()
}

export type Written = Pick<MaintenanceRow, 'reason' | 'subjects' | 'timing'>

function columnsOf({ reason, subjects, timing }: Written) {
  return { reason, subjects, timing, endsAt: endOf(timing) }
}

export async function insert(tx: Db, row: Written & { id: string; by: string; byId: string }): Promise<MaintenanceRow> {
  const { id, by, byId } = row
  return rowOf(await tx.maintenanceWindow.create({ data: { id, by, byId, ...columnsOf(row) } }))
}

export async function update(tx: Db, id: string, written: Written): Promise<MaintenanceRow> {
  return rowOf(await tx.maintenanceWindow.update({ where: { id }, data: columnsOf(written) }))
}

export async function remove(tx: Db, id: string): Promise<void> {
  await tx.maintenanceWindow.delete({ where: { id }, select: { id: true } })
}

/** Names of what windows are about, by id, of what is still there. */
export async function findNames(subjects: readonly MaintenanceSubject[], tx: Db = db()): Promise<Map<string, string>> {
  const ids = (kind: Maintained) => ({
    in: [...new Set(subjects.filter((one) => one.kind === kind).map(({ id }) => id))],
  })
  const select = { id: true, name: true } as const
  const [hosts, backends, pools] = await Promise.all([
    tx.host.findMany({ where: { id: ids('host'), revokedAt: null }, select }),
    tx.backend.findMany({ where: { id: ids('backend') }, select }),
    tx.pool.findMany({ where: { id: ids('pool'), deletedAt: null }, select }),
  ])
  return new Map([...hosts, ...backends, ...pools].map(({ id, name }) => [id, name]))
}
