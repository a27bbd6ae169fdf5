import type { Prisma } from '@/lib/db/client'

/** Rows in one lot. */
const AT_ONCE = 2_000

/** What a query of one lot has to keep to, besides its own conditions. */
export interface Lot {
  after: Prisma.MountOnHostWhereInput
  orderBy: Prisma.MountOnHostOrderByWithRelationInput[]
  take: number
}

interface Cell {
  mountId: string
  hostId: string
}

/** Mounts on hosts, as many as `find` finds, a lot at a time: between two lots other requests have their turn. */
export function eachCell<Row extends Cell>(find: (lot: Lot) => Promise<Row[]>): AsyncGenerator<Row> {
  return inLots((from, take) => {
    const after = { OR: [{ mountId: { gt: from.mountId } }, { mountId: from.mountId, hostId: { gt: from.hostId } }] }
    return find({ after, orderBy: [{ mountId: 'asc' }, { hostId: 'asc' }], take })
  })
}

/** The same for plain SQL: `find` answers with so many that come after `from`, by mount and host. */
export async function* inLots<Row extends Cell>(
  find: (from: Cell, take: number) => Promise<Row[]>,
): AsyncGenerator<Row> {
  for (let from: Cell = { mountId: '', hostId: '' }; ; ) {
    const rows = await find(from, AT_ONCE)
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < AT_ONCE) return
    from = last
  }
}
