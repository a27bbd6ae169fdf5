import type { Prisma } from '@/lib/db/client'

/** Rows in one lot. */
const AT_ONCE = 2_000

/** What a query of one lot has to keep to, besides its own conditions. */
export interface Lot {
  after: Prisma.MountOnHostWhereInput
  orderBy: Prisma.MountOnHostOrderByWithRelationInput[]
  take: number
}

/** Mounts on hosts, as many as `find` finds, a lot at a time: between two lots other requests have their turn. */
export async function* eachCell<Row extends { mountId: string; hostId: string }>(
  find: (lot: Lot) => Promise<Row[]>,
): AsyncGenerator<Row> {
  for (let from = { mountId: '', hostId: '' }; ; ) {
    const after = { OR: [{ mountId: { gt: from.mountId } }, { mountId: from.mountId, hostId: { gt: from.hostId } }] }
    const rows = await find({ after, orderBy: [{ mountId: 'asc' }, { hostId: 'asc' }], take: AT_ONCE })
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < AT_ONCE) return
    from = last
  }
}
