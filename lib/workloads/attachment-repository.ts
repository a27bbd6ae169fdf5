import { type Db, db, type Prisma } from '@/lib/db/client'
import { OPERATION_KINDS } from '@/lib/operations/schema'

const COLUMNS = {
  id: true,
  mountId: true,
  hostId: true,
  workloadId: true,
  target: true,
  workloadName: true,
  subPath: true,
  inside: true,
  readOnly: true,
  createdAt: true,
  createdBy: true,
  mount: { select: { id: true, name: true, mountPoint: true } },
} as const satisfies Prisma.AttachmentSelect

export type AttachmentRecord = Prisma.AttachmentGetPayload<{ select: typeof COLUMNS }>

export interface NewAttachment {
  id: string
  mountId: string
  hostId: string
  workloadId: string
  target: string
  workloadName: string
  subPath: string
  inside: string
  readOnly: boolean
  createdBy: string
}

/** Takes the place of what was remembered of a workload of this name at this place, such as of one that was made anew outside. */
export async function remember(tx: Db, row: NewAttachment): Promise<void> {
  const { hostId, target, workloadName, inside, workloadId, id } = row
  await tx.attachment.deleteMany({
    where: { inside, OR: [{ hostId, target, workloadName }, { workloadId }], NOT: { id } },
  })
  await tx.attachment.upsert({ where: { id }, create: row, update: row, select: { id: true } })
}

export async function forget(tx: Db, id: string): Promise<void> {
  await tx.attachment.deleteMany({ where: { id } })
}

/** Of a workload that was removed from here, also what is remembered under its name. */
export async function forgetOf(
  tx: Db,
  { id, name, target, hostId }: { id: string; name: string; target: string; hostId: string },
): Promise<void> {
  await tx.attachment.deleteMany({ where: { OR: [{ workloadId: id }, { hostId, target, workloadName: name }] } })
}

/** A workload that was made anew goes by another id from now on. */
export async function follow(tx: Db, from: string, to: string): Promise<void> {
  if (from !== to) await tx.attachment.updateMany({ where: { workloadId: from }, data: { workloadId: to } })
}

interface OfWorkload {
  id: string
  name: string
  target: string
  host: { id: string }
}

/** What a workload was given from here; also what one of its name was given that is there no more, in the order of the places inside. */
export async function findOf({ id, name, target, host }: OfWorkload, tx: Db = db()): Promise<AttachmentRecord[]> {
  const rows = await tx.attachment.findMany({
    where: { OR: [{ workloadId: id }, { hostId: host.id, target, workloadName: name }] },
    select: COLUMNS,
    orderBy: [{ inside: 'asc' }, { id: 'asc' }],
  })
  const others = rows.flatMap(({ workloadId }) => (workloadId === id ? [] : [workloadId]))
  if (others.length === 0) return rows
  const there = await tx.workload.findMany({ where: { id: { in: others } }, select: { id: true } })
  const known = new Set(there.map((row) => row.id))
  return rows.filter(({ workloadId }) => workloadId === id || !known.has(workloadId))
}

/** Of workloads that are there, on these hosts, whether they run or not. */
export async function findOfMount(tx: Db, mountId: string, hostIds: readonly string[]) {
  const rows = await tx.attachment.findMany({
    where: { mountId, hostId: { in: [...hostIds] } },
    select: { workloadId: true, workloadName: true, target: true, hostId: true },
  })
  if (rows.length === 0) return []
  const found = await tx.workload.findMany({
    where: {
      OR: [
        { id: { in: rows.map(({ workloadId }) => workloadId) } },
        ...rows.map(({ workloadName, target, hostId }) => ({ name: workloadName, target, hostId })),
      ],
    },
    select: { id: true, name: true, host: { select: { name: true } } },
    orderBy: [{ nameKey: 'asc' }, { id: 'asc' }],
  })
  return found
}

/**
 * The unfinished operation that gives a mount to this workload, or this mount to any, also to a new one, or takes it away, or removes the
 * workload; null: there is none.
 */
export async function findChange(
  tx: Db,
  of: { workloadId: string } | { mountId: string },
): Promise<{ id: string; status: string } | null> {
  const kinds = [
    'workload.attach_mount',
    'workload.detach_mount',
    'container.create',
    'container.remove',
    'machine.remove',
  ] as const
  const rows = await tx.operation.findMany({
    where: { kind: { in: [...kinds] }, status: { in: ['queued', 'running', 'paused'] } },
    select: { id: true, kind: true, status: true, payload: true },
  })
  const found = rows.find(({ kind, payload }) => {
    const made = kind === 'container.create' ? OPERATION_KINDS[kind].safeParse(payload).data : undefined
    const removed =
      kind === 'container.remove' || kind === 'machine.remove'
        ? OPERATION_KINDS[kind].safeParse(payload).data
        : undefined
    const changed = OPERATION_KINDS['workload.attach_mount'].safeParse(payload).data
    return 'mountId' in of
      ? [...(made?.container.mounts ?? []), ...(changed ? [changed.mount] : [])].some(
          ({ mountId }) => mountId === of.mountId,
        )
      : (changed ?? removed)?.workloadId === of.workloadId
  })
  return found === undefined ? null : { id: found.id, status: found.status }
}
