import type { Db, Prisma, PrismaClient } from '@/lib/db/client'
import { storable } from '@/lib/db/json-column'
import type { ProblemReport } from '@/lib/drivers/problems/report'
import { StoredJob } from '@/lib/operations/schema'
import type { RolloutState } from '@/lib/rollouts/schema'

/** An operation that this controller has claimed. `attempt` is its version: whoever claims it next has a higher one. */
export interface ClaimedOperation {
  id: string
  kind: string
  targetKind: string | null
  targetId: string | null
  payload: Prisma.JsonValue
  rollout: Prisma.JsonValue
  attempt: number
}

const CLAIMED = {
  id: true,
  kind: true,
  targetKind: true,
  targetId: true,
  payload: true,
  rollout: true,
  attempt: true,
} as const

/** Waiting, or left behind by a controller that has gone. */
function isFree(now: Date): Prisma.OperationWhereInput {
  return { OR: [{ status: 'queued' }, { status: 'running', lockedUntil: { lt: now } }] }
}

export function findClaimable(db: Db, now: Date, take: number): Promise<ClaimedOperation[]> {
  return db.operation.findMany({ where: isFree(now), orderBy: { createdAt: 'asc' }, take, select: CLAIMED })
}

export function findClaimableById(db: Db, id: string, now: Date): Promise<ClaimedOperation | null> {
  return db.operation.findFirst({ where: { id, ...isFree(now) }, select: CLAIMED })
}

/** Takes the operation, of several who try exactly one; `undefined` for the others. */
export async function claim(
  db: PrismaClient,
  operation: ClaimedOperation,
  by: string,
  now: Date,
  lockedUntil: Date,
): Promise<ClaimedOperation | undefined> {
  const attempt = operation.attempt + 1
  const [{ count }] = await db.$transaction([
    db.operation.updateMany({
      where: { id: operation.id, attempt: operation.attempt, ...isFree(now) },
      data: { status: 'running', claimedBy: by, attempt, lockedUntil, ...(attempt === 1 ? { startedAt: now } : {}) },
    }),
    // The hosts of a rollout wait for their wave.
    ...(operation.rollout === null
      ? [
          db.operationHost.updateMany({
            where: { operationId: operation.id, status: 'queued', operation: { claimedBy: by, attempt } },
            data: { status: 'running', startedAt: now },
          }),
        ]
      : []),
  ])
  return count === 1 ? { ...operation, attempt } : undefined
}

export async function prolong(db: Db, by: string, ids: string[], lockedUntil: Date): Promise<void> {
  await db.operation.updateMany({ where: { id: { in: ids }, claimedBy: by, status: 'running' }, data: { lockedUntil } })
}

/** Gives an operation back unfinished, for the next controller. */
export async function handBack(db: Db, operation: ClaimedOperation, by: string): Promise<void> {
  await db.operation.updateMany({
    where: { id: operation.id, claimedBy: by, attempt: operation.attempt, status: 'running' },
    data: { status: 'queued', claimedBy: null, lockedUntil: null },
  })
}

/** Only the leader runs operations: what an earlier one left behind is free for the new one at once. */
export async function freeAllBut(db: Db, ids: string[]): Promise<number> {
  const { count } = await db.operation.updateMany({
    where: { status: 'running', id: { notIn: ids } },
    data: { status: 'queued', claimedBy: null, lockedUntil: null },
  })
  return count
}

export interface Line {
  hostId: string | null
  at: Date
  kind: 'log' | 'step'
  message: string
  data?: Prisma.InputJsonValue
}

export interface HostOutcome {
  hostId: string
  /** `paused`: the host of a rollout is away, and follows. */
  status: 'succeeded' | 'failed' | 'paused' | 'cancelled'
  errorCode: string | null
  error: string | null
  /** What went wrong, of a problem of the catalogue. */
  report: ProblemReport
}

function reportColumns({ problem, values, said }: ProblemReport) {
  return { problem: problem ?? null, values: storable(values ?? null), said: said ?? null }
}

export interface Progress {
  lines: Line[]
  outcomes: HostOutcome[]
  /** By host. */
  jobs: ReadonlyMap<string, StoredJob>
}

export async function saveProgress(
  tx: Db,
  operationId: string,
  { lines, outcomes, jobs }: Progress,
  at: Date,
): Promise<void> {
  for (const [hostId, job] of jobs) await tx.operationHost.updateMany({ where: { operationId, hostId }, data: { job } })
  if (lines.length > 0) {
    await tx.operationStep.createMany({ data: lines.map((line) => ({ operationId, ...line })) })
  }
  const succeeded = outcomes.filter((outcome) => outcome.status === 'succeeded').map(({ hostId }) => hostId)
  if (succeeded.length > 0) {
    await tx.operationHost.updateMany({
      where: { operationId, hostId: { in: succeeded } },
      data: { status: 'succeeded', errorCode: null, error: null, ...reportColumns({}), finishedAt: at },
    })
  }
  for (const { hostId, report, ...outcome } of outcomes) {
    if (outcome.status === 'succeeded') continue
    await tx.operationHost.updateMany({
      where: { operationId, hostId },
      data: { ...outcome, ...reportColumns(report), finishedAt: at },
    })
  }
}

export interface Ending {
  status: 'succeeded' | 'failed' | 'partial' | 'cancelled' | 'paused'
  result: Prisma.InputJsonValue | undefined
  /** As it is to be stored from now on. */
  rollout?: RolloutState
  errorCode: string | null
  error: string | null
  report?: ProblemReport
}

/** Ends the operation and empties its payload, or parks it until a person decides; false when somebody else has claimed it meanwhile, and then nothing may be written. */
export async function finish(
  tx: Db,
  operation: ClaimedOperation,
  by: string,
  ending: Ending,
  at: Date,
): Promise<boolean> {
  const { result, rollout, report = {}, ...columns } = ending
  const isOver = ending.status !== 'paused'
  const { count } = await tx.operation.updateMany({
    where: { id: operation.id, claimedBy: by, attempt: operation.attempt, status: 'running' },
    data: {
      ...columns,
      ...reportColumns(report),
      ...(result === undefined ? {} : { result }),
      ...(rollout === undefined ? {} : { rollout: rollout as unknown as Prisma.InputJsonValue }),
      ...(isOver ? { payload: {}, finishedAt: at } : { claimedBy: null }),
      lockedUntil: null,
    },
  })
  return count === 1
}

/** How far the job of an operation is on a host, as it was stored last. */
export async function findJob(db: Db, operationId: string, hostId: string): Promise<StoredJob | null> {
  const row = await db.operationHost.findUnique({
    where: { operationId_hostId: { operationId, hostId } },
    select: { job: true },
  })
  return StoredJob.nullable().parse(row?.job ?? null)
}

/** Of these running operations those that somebody wants to stop. */
export async function findCancelled(db: Db, ids: readonly string[]): Promise<string[]> {
  const where = { id: { in: [...ids] }, status: 'running' as const, cancelRequestedAt: { not: null } }
  return (await db.operation.findMany({ where, select: { id: true } })).map(({ id }) => id)
}

// ---- rollouts ----------------------------------------------------------------------------------------------------------

/** False when somebody else has claimed the operation meanwhile. */
export async function saveRollout(
  db: Db,
  operation: ClaimedOperation,
  by: string,
  state: RolloutState,
): Promise<boolean> {
  const { count } = await db.operation.updateMany({
    where: { id: operation.id, claimedBy: by, attempt: operation.attempt, status: 'running' },
    data: { rollout: state as unknown as Prisma.InputJsonValue },
  })
  return count === 1
}

export type StoredStatus = Prisma.OperationHostGetPayload<object>['status']

export async function findHostStatuses(db: Db, operationId: string): Promise<Map<string, StoredStatus>> {
  const rows = await db.operationHost.findMany({ where: { operationId }, select: { hostId: true, status: true } })
  return new Map(rows.map((row) => [row.hostId, row.status]))
}

export async function beginHosts(db: Db, operationId: string, hostIds: readonly string[], at: Date): Promise<void> {
  await db.operationHost.updateMany({
    where: { operationId, hostId: { in: [...hostIds] }, status: 'queued' },
    data: { status: 'running', startedAt: at },
  })
}

/** Ids of what an operation that is not over is about on this host: people watch its log, so it goes first. */
export async function findTargetsInHand(
  db: Db,
  hostId: string,
  of: Pick<Prisma.OperationWhereInput, 'kind' | 'targetKind'>,
): Promise<Set<string>> {
  const unfinished = { in: ['queued' as const, 'running' as const] }
  const rows = await db.operation.findMany({
    where: { ...of, status: unfinished, hosts: { some: { hostId, status: unfinished } } },
    select: { targetId: true },
  })
  return new Set(rows.map(({ targetId }) => targetId ?? ''))
}
