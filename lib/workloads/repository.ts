import { type Db, db, type Prisma } from '@/lib/db/client'
import { OPERATION_KINDS } from '@/lib/operations/schema'

const COLUMNS = {
  id: true,
  name: true,
  nameKey: true,
  target: true,
  nativeId: true,
  state: true,
  image: true,
  storage: true,
  storageCount: true,
  problem: true,
  held: true,
  firstSeenAt: true,
  changedAt: true,
  host: { select: { id: true, name: true, observedStatus: true, revokedAt: true } },
  uses: { select: { usedId: true }, orderBy: { usedId: 'asc' } },
} as const satisfies Prisma.WorkloadSelect

export type WorkloadRecord = Prisma.WorkloadGetPayload<{ select: typeof COLUMNS }>

export interface WorkloadFilter {
  hostIds?: readonly string[] | undefined
  targets?: readonly string[] | undefined
  states?: readonly string[] | undefined
  usedIds?: readonly string[] | undefined
  ids?: readonly string[] | undefined
}

function whereOf({ hostIds, targets, states, usedIds, ids }: WorkloadFilter): Prisma.WorkloadWhereInput {
  return {
    ...(hostIds === undefined ? {} : { hostId: { in: [...hostIds] } }),
    ...(targets === undefined ? {} : { target: { in: [...targets] } }),
    ...(states === undefined ? {} : { state: { in: [...states] } }),
    ...(usedIds === undefined ? {} : { uses: { some: { usedId: { in: [...usedIds] } } } }),
    ...(ids === undefined ? {} : { id: { in: [...ids] } }),
  }
}

/** In the order of their names; `skip`: so many before the page. */
export function findPage(filter: WorkloadFilter, skip: number, take: number): Promise<WorkloadRecord[]> {
  const orderBy: Prisma.WorkloadOrderByWithRelationInput[] = [{ nameKey: 'asc' }, { id: 'asc' }]
  return db().workload.findMany({ where: whereOf(filter), select: COLUMNS, orderBy, skip, take })
}

export function count(filter: WorkloadFilter): Promise<number> {
  return db().workload.count({ where: whereOf(filter) })
}

/** What is searched. */
export function findWords(filter: WorkloadFilter) {
  return db().workload.findMany({
    where: whereOf(filter),
    select: { id: true, nameKey: true, image: true, nativeId: true },
  })
}

export function findById(id: string, tx: Db = db()): Promise<WorkloadRecord | null> {
  return tx.workload.findUnique({ where: { id }, select: COLUMNS })
}

/** Of hosts that answer, by name. */
export function findUsing(tx: Db, usedId: string, hostIds: readonly string[], states: readonly string[]) {
  return tx.workload.findMany({
    where: {
      uses: { some: { usedId } },
      hostId: { in: [...hostIds] },
      state: { in: [...states] },
      host: { observedStatus: 'online' },
    },
    select: { id: true, name: true, host: { select: { name: true } } },
    orderBy: [{ nameKey: 'asc' }, { id: 'asc' }],
  })
}

/** Whether they run or not, on all hosts that were not revoked. */
export function findHaving(tx: Db, usedId: string) {
  return tx.workload.findMany({
    where: { uses: { some: { usedId } }, host: { revokedAt: null } },
    select: { id: true, name: true, host: { select: { name: true } } },
    orderBy: [{ nameKey: 'asc' }, { id: 'asc' }],
  })
}

/** The unfinished operation that gives this volume to a machine or takes it away; null: there is none. */
export async function findDiskChange(tx: Db, volumeId: string): Promise<{ id: string; status: string } | null> {
  const kinds = ['machine.attach_disk', 'machine.detach_disk', 'machine.create'] as const
  const rows = await tx.operation.findMany({
    where: { kind: { in: [...kinds] }, status: { in: ['queued', 'running', 'paused'] } },
    select: { id: true, kind: true, status: true, payload: true },
  })
  const found = rows.find(({ payload }) => {
    const attaching = OPERATION_KINDS['machine.attach_disk'].safeParse(payload).data?.disk
    const detaching = OPERATION_KINDS['machine.detach_disk'].safeParse(payload).data
    const making = OPERATION_KINDS['machine.create'].safeParse(payload).data?.machine.disks ?? []
    return [attaching, detaching, ...making].some((disk) => disk?.volumeId === volumeId)
  })
  return found === undefined ? null : { id: found.id, status: found.status }
}

/** Of those ids that are of a mount or a volume that is there, the names. */
export async function findUsed(ids: readonly string[], tx: Db = db()) {
  const where = { id: { in: [...ids] } }
  const [mounts, volumes] = await Promise.all([
    tx.mount.findMany({ where, select: { id: true, name: true } }),
    tx.volume.findMany({ where, select: { id: true, name: true } }),
  ])
  return { mounts, volumes }
}
