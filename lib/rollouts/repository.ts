import { DbNull } from '@prisma/client/runtime/client'
import type { Db, Prisma } from '@/lib/db/client'
import type { BackendBefore, Before, MountBefore, RolloutState, RowBefore } from '@/lib/rollouts/schema'
import type { WaveHost } from '@/lib/rollouts/waves'

const UNFINISHED = ['queued', 'running', 'paused'] as const

export async function findWaveHosts(tx: Db, ids: readonly string[]): Promise<WaveHost[]> {
  const rows = await tx.host.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, name: true, observedStatus: true },
  })
  return rows.map((row) => ({ hostId: row.id, name: row.name, status: row.observedStatus }))
}

/** A rollout of one of these mounts or backends that is not over. */
export async function findUnfinished(tx: Db, targetIds: readonly string[]) {
  const rows = await tx.operation.findMany({
    where: { targetId: { in: [...targetIds] }, status: { in: [...UNFINISHED] } },
    select: { id: true, status: true, targetName: true, rollout: true },
    orderBy: { id: 'asc' },
  })
  return rows.find((row) => row.rollout !== null)
}

/** Nothing is sent to these hosts until the operation comes to them. */
export async function hold(tx: Db, mountId: string, hostIds: readonly string[], operationId: string): Promise<void> {
  await tx.mountOnHost.updateMany({ where: { mountId, hostId: { in: [...hostIds] } }, data: { heldBy: operationId } })
}

export async function release(tx: Db, operationId: string, hostIds?: readonly string[]): Promise<void> {
  const where = { heldBy: operationId, ...(hostIds === undefined ? {} : { hostId: { in: [...hostIds] } }) }
  await tx.mountOnHost.updateMany({ where, data: { heldBy: null } })
}

/** Hosts held by an operation that is over or gone, which must not be. Returns how many there were. */
export async function releaseForgotten(db: Db): Promise<number> {
  const held = await db.mountOnHost.findMany({
    where: { heldBy: { not: null } },
    select: { heldBy: true },
    distinct: ['heldBy'],
  })
  const ids = held.map(({ heldBy }) => heldBy ?? '')
  if (ids.length === 0) return 0
  const alive = await db.operation.findMany({
    where: { id: { in: ids }, status: { in: [...UNFINISHED] } },
    select: { id: true },
  })
  const forgotten = ids.filter((id) => !alive.some((operation) => operation.id === id))
  const { count } = await db.mountOnHost.updateMany({ where: { heldBy: { in: forgotten } }, data: { heldBy: null } })
  return count
}

// ---- what was before ---------------------------------------------------------------------------------------------------

const ROW = { hostId: true, desiredState: true, desiredGeneration: true, removed: true, overrides: true } as const

async function backendBefore(tx: Db, id: string): Promise<BackendBefore | null> {
  const select = { id: true, name: true, config: true, source: true } as const
  const secrets = { select: { field: true, sealed: true, sealedFor: true, fingerprint: true } } as const
  const row = await tx.backend.findUnique({ where: { id }, select: { ...select, secrets } })
  return row && { ...row, config: row.config as Record<string, unknown> }
}

/** The stored wish, to return to. Of a mount that is not there yet: only that. */
export async function rememberBefore(tx: Db, subject: { kind: 'mount' | 'backend'; id: string }): Promise<Before> {
  const isMount = subject.kind === 'mount'
  const rows = await tx.mount.findMany({
    where: isMount ? { id: subject.id } : { backendId: subject.id, deletedAt: null },
    select: {
      id: true,
      name: true,
      readOnly: true,
      autoMount: true,
      targets: true,
      targetLabels: true,
      onDrift: true,
      desiredState: true,
      hosts: { select: ROW },
    },
  })
  const mounts: MountBefore[] = rows.map(({ id, hosts, ...definition }) => ({ id, definition, rows: hosts }))
  if (isMount && mounts.length === 0) mounts.push({ id: subject.id, definition: null, rows: [] })
  return { backend: isMount ? null : await backendBefore(tx, subject.id), mounts }
}

// ---- returning to it ---------------------------------------------------------------------------------------------------

function json(value: unknown): Prisma.InputJsonValue | typeof DbNull {
  return value === null || value === undefined ? DbNull : (value as Prisma.InputJsonValue)
}

/** The definition as it was, or deleted when there was none, with a new generation; null when the mount is gone. */
export async function restoreMount(tx: Db, before: MountBefore, at: Date): Promise<number | null> {
  const { definition } = before
  const data = definition
    ? { ...definition, targetLabels: json(definition.targetLabels), deletedAt: null }
    : { desiredState: 'unmounted' as const, deletedAt: at }
  const { count } = await tx.mount.updateMany({
    where: { id: before.id },
    data: { ...data, generation: { increment: 1 } },
  })
  if (count === 0) return null
  return (await tx.mount.findUniqueOrThrow({ where: { id: before.id }, select: { generation: true } })).generation
}

export interface CurrentRow {
  hostId: string
  heldBy: string | null
}

export function findRows(tx: Db, mountId: string): Promise<CurrentRow[]> {
  return tx.mountOnHost.findMany({ where: { mountId }, select: { hostId: true, heldBy: true } })
}

function wishOf({ desiredState, desiredGeneration, removed, overrides }: RowBefore, generation?: number) {
  return {
    desiredState,
    removed,
    overrides: json(overrides),
    desiredGeneration: generation ?? desiredGeneration,
    attempts: 0,
    nextAttemptAt: null,
    heldBy: null,
  }
}

/** The wishes for hosts as they were. With a generation: for hosts that must be told; without: for those that never heard of the change. */
export async function restoreRows(
  tx: Db,
  mountId: string,
  rows: readonly RowBefore[],
  generation?: number,
): Promise<void> {
  // Few wishes differ, however many hosts there are.
  const alike = Map.groupBy(rows, (row) => JSON.stringify({ ...row, hostId: null }))
  for (const group of alike.values()) {
    const [first] = group
    if (!first) continue
    const hostId = { in: group.map((row) => row.hostId) }
    await tx.mountOnHost.updateMany({ where: { mountId, hostId }, data: wishOf(first, generation) })
  }
}

/** Hosts that have let go of the mount since get it back. */
export async function insertRows(
  tx: Db,
  mountId: string,
  rows: readonly RowBefore[],
  generation: number,
): Promise<void> {
  if (rows.length === 0) return
  const data = rows.map((row) => ({ mountId, hostId: row.hostId, ...wishOf(row, generation) }))
  await tx.mountOnHost.createMany({ data })
}

/** Hosts that came to the mount by themselves meanwhile see the restored definition too. */
export async function tellAgain(
  tx: Db,
  mountId: string,
  hostIds: readonly string[],
  generation: number,
): Promise<void> {
  await tx.mountOnHost.updateMany({
    where: { mountId, hostId: { in: [...hostIds] } },
    data: { desiredGeneration: generation, attempts: 0, nextAttemptAt: null },
  })
}

/** Hosts that were not of the mount before let go of it. */
export async function buryRows(tx: Db, mountId: string, hostIds: readonly string[], generation: number): Promise<void> {
  await tx.mountOnHost.updateMany({
    where: { mountId, hostId: { in: [...hostIds] } },
    data: {
      removed: true,
      desiredState: 'unmounted',
      desiredGeneration: generation,
      heldBy: null,
      attempts: 0,
      nextAttemptAt: null,
    },
  })
}

export async function dropRows(tx: Db, mountId: string, hostIds: readonly string[]): Promise<void> {
  await tx.mountOnHost.deleteMany({ where: { mountId, hostId: { in: [...hostIds] } } })
  await tx.mount.deleteMany({ where: { id: mountId, deletedAt: { not: null }, hosts: { none: {} } } })
}

export async function leaveUnmounted(tx: Db, mountId: string, hostIds: readonly string[]): Promise<void> {
  await tx.mountOnHost.updateMany({
    where: { mountId, hostId: { in: [...hostIds] } },
    data: { desiredState: 'unmounted', heldBy: null },
  })
}

/** What is wanted of the mount now, as far as it decides about drift. */
export function findPolicy(tx: Db, id: string) {
  return tx.mount.findUnique({ where: { id }, select: { name: true, onDrift: true, readOnly: true } })
}

/** A mount that was to be deleted stays on the hosts that were not reached, and on no others. */
export async function keepMount(tx: Db, { id, definition }: MountBefore): Promise<void> {
  if (!definition) return
  await tx.mount.updateMany({
    where: { id, deletedAt: { not: null } },
    data: {
      deletedAt: null,
      desiredState: definition.desiredState,
      targets: 'hosts',
      targetLabels: DbNull,
    },
  })
}

// ---- the operation -----------------------------------------------------------------------------------------------------

export async function findOperation(tx: Db, id: string) {
  return tx.operation.findUnique({
    where: { id },
    select: {
      kind: true,
      status: true,
      attempt: true,
      targetKind: true,
      targetId: true,
      targetName: true,
      rollout: true,
      hosts: { select: { hostId: true, status: true } },
    },
  })
}

/** Takes a rollout from one status to the next; false when it is not in that status any more. */
export async function move(
  tx: Db,
  id: string,
  from: 'paused' | 'queued',
  to: 'queued' | 'cancelled',
  state: RolloutState,
  at: Date,
): Promise<boolean> {
  const { count } = await tx.operation.updateMany({
    where: { id, status: from },
    data: {
      status: to,
      rollout: state as unknown as Prisma.InputJsonValue,
      lockedUntil: null,
      claimedBy: null,
      ...(to === 'cancelled' ? { finishedAt: at, payload: {} } : { errorCode: null, error: null }),
    },
  })
  return count === 1
}

export async function setHosts(
  tx: Db,
  operationId: string,
  hostIds: readonly string[],
  status: 'queued' | 'cancelled',
): Promise<void> {
  if (hostIds.length === 0) return
  await tx.operationHost.updateMany({
    where: { operationId, hostId: { in: [...hostIds] } },
    data: { status, errorCode: null, error: null, finishedAt: null },
  })
}
