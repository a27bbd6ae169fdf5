import { type Db, db, type Prisma } from '@/lib/db/client'
import { insertRows } from '@/lib/db/insert-rows'
import type { OperationStatus } from '@/lib/operations/schema'
import type { RolloutState } from '@/lib/rollouts/schema'

const ROW = {
  id: true,
  kind: true,
  targetKind: true,
  targetId: true,
  targetName: true,
  title: true,
  summary: true,
  status: true,
  requestedBy: true,
  errorCode: true,
  error: true,
  problem: true,
  values: true,
  said: true,
  createdAt: true,
  startedAt: true,
  finishedAt: true,
  _count: { select: { hosts: true } },
} as const satisfies Prisma.OperationSelect

const FULL = {
  ...ROW,
  result: true,
  rollout: true,
  cancelRequestedAt: true,
  hosts: { include: { host: { select: { name: true } } } },
  steps: { orderBy: { id: 'asc' } },
} as const satisfies Prisma.OperationSelect

export type OperationRecord = Prisma.OperationGetPayload<{ select: typeof ROW }>
export type OperationFull = Prisma.OperationGetPayload<{ select: typeof FULL }>

/** What an operation does in words: of its kind, and with the names of what it is about. */
export interface OperationWords {
  title: string
  summary: string
}

export interface NewOperation {
  id: string
  kind: string
  target: { kind: string; id: string; name: string }
  requestedBy: string
  /** Absent: its kind and its target say it. */
  words?: OperationWords | undefined
  payload: unknown
  hostIds: readonly string[]
  rollout?: RolloutState | undefined
}

export async function insert(tx: Db, operation: NewOperation): Promise<void> {
  const { target, words, payload, hostIds, rollout, ...columns } = operation
  await tx.operation.create({
    data: {
      ...columns,
      ...words,
      targetKind: target.kind,
      targetId: target.id,
      targetName: target.name,
      payload: payload as Prisma.InputJsonValue,
      ...(rollout === undefined ? {} : { rollout: rollout as unknown as Prisma.InputJsonValue }),
    },
    select: { id: true },
  })
  const rows = hostIds.map((hostId) => ({ operationId: operation.id, hostId }))
  await insertRows(tx, 'OperationHost', rows)
}

export interface OperationFilter {
  statuses?: readonly OperationStatus[] | undefined
  kinds?: readonly string[] | undefined
  targetIds?: readonly string[] | undefined
  /** It has or had something to do on one of these hosts. */
  hostIds?: readonly string[] | undefined
}

function whereOf({ statuses, kinds, targetIds, hostIds }: OperationFilter): Prisma.OperationWhereInput {
  return {
    ...(statuses === undefined ? {} : { status: { in: [...statuses] } }),
    ...(kinds === undefined ? {} : { kind: { in: [...kinds] } }),
    ...(targetIds === undefined ? {} : { targetId: { in: [...targetIds] } }),
    ...(hostIds === undefined ? {} : { hosts: { some: { hostId: { in: [...hostIds] } } } }),
  }
}

/** Newest first; ids sort by age. */
export function findPage(
  filter: OperationFilter,
  before: string | undefined,
  take: number,
): Promise<OperationRecord[]> {
  const where = { ...whereOf(filter), ...(before === undefined ? {} : { id: { lt: before } }) }
  return db().operation.findMany({ where, select: ROW, orderBy: { id: 'desc' }, take })
}

export function count(filter: OperationFilter): Promise<number> {
  return db().operation.count({ where: whereOf(filter) })
}

export function findById(id: string): Promise<OperationFull | null> {
  return db().operation.findUnique({ where: { id }, select: FULL })
}

export function findState(id: string) {
  return db().operation.findUnique({ where: { id }, select: { status: true } })
}

/** What it asks for, as it is stored; emptied when it has ended. */
export function findPayload(tx: Db, id: string) {
  return tx.operation.findUnique({ where: { id }, select: { kind: true, payload: true } })
}

/** Asks for the end of a running operation of these kinds; true when it runs, also when somebody has asked before. */
export async function requestCancel(tx: Db, id: string, kinds: ReadonlySet<string>, at: Date): Promise<boolean> {
  const where = { id, status: 'running' as const, kind: { in: [...kinds] } }
  const { count: asked } = await tx.operation.updateMany({
    where: { ...where, cancelRequestedAt: null },
    data: { cancelRequestedAt: at },
  })
  return asked > 0 || (await tx.operation.count({ where })) > 0
}

/** True when it was still waiting. */
export async function cancelQueued(tx: Db, id: string, at: Date): Promise<boolean> {
  const { count: changed } = await tx.operation.updateMany({
    where: { id, status: 'queued' },
    data: { status: 'cancelled', finishedAt: at, payload: {} },
  })
  if (changed === 0) return false
  await tx.operationHost.updateMany({
    where: { operationId: id, status: 'queued' },
    data: { status: 'cancelled', finishedAt: at },
  })
  return true
}
