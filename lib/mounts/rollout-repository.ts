import { DbNull } from '@prisma/client/runtime/client'
import type { Db } from '@/lib/db/client'
import { storable } from '@/lib/db/json-column'
import type { MountWish, RowBefore } from '@/lib/mounts/rollout-wish'
import type { RolloutSubject } from '@/lib/rollouts/kind'

/** Nothing is sent to these hosts until the operation comes to them. */
export async function hold(tx: Db, mountId: string, hostIds: readonly string[], operationId: string): Promise<void> {
  await tx.mountOnHost.updateMany({ where: { mountId, hostId: { in: [...hostIds] } }, data: { heldBy: operationId } })
}

export async function release(tx: Db, operationIds: readonly string[], hostIds?: readonly string[]): Promise<number> {
  const where = {
    heldBy: { in: [...operationIds] },
    ...(hostIds === undefined ? {} : { hostId: { in: [...hostIds] } }),
  }
  const { count } = await tx.mountOnHost.updateMany({ where, data: { heldBy: null } })
  return count
}

/** Ids of the operations that hold something. */
export async function findHolders(db: Db): Promise<string[]> {
  const held = await db.mountOnHost.findMany({
    where: { heldBy: { not: null } },
    select: { heldBy: true },
    distinct: ['heldBy'],
  })
  return held.map(({ heldBy }) => heldBy ?? '')
}

const ROW = { hostId: true, desiredState: true, desiredGeneration: true, removed: true, overrides: true } as const

/** The stored wishes, to return to. Of a mount that is not there yet: only that. */
export async function rememberMounts(tx: Db, subject: RolloutSubject): Promise<{ id: string; wish: MountWish }[]> {
  const isMount = subject.kind === 'mount'
  const rows = await tx.mount.findMany({
    where: isMount ? { id: subject.id } : { backendId: subject.id, deletedAt: null },
    select: {
      id: true,
      name: true,
      mountPoint: true,
      readOnly: true,
      autoMount: true,
      targets: true,
      targetLabels: true,
      onDrift: true,
      desiredState: true,
      hosts: { select: ROW },
    },
  })
  const mounts = rows.map(({ id, hosts, ...definition }) => ({ id, wish: { definition, rows: hosts } as MountWish }))
  if (isMount && mounts.length === 0) mounts.push({ id: subject.id, wish: { definition: null, rows: [] } })
  return mounts
}

// ---- returning to it ---------------------------------------------------------------------------------------------------

function asBefore({ mountPoint, ...definition }: NonNullable<MountWish['definition']>) {
  const place = mountPoint === undefined ? {} : { mountPoint }
  return { ...definition, ...place, targetLabels: storable(definition.targetLabels), deletedAt: null }
}

function buried(at: Date) {
  return { desiredState: 'unmounted' as const, deletedAt: at }
}

/** The definition as it was, or deleted when there was none, with a new generation; null when the mount is gone. */
export async function restoreMount(tx: Db, id: string, { definition }: MountWish, at: Date): Promise<number | null> {
  const { count } = await tx.mount.updateMany({
    where: { id },
    data: { ...(definition ? asBefore(definition) : buried(at)), generation: { increment: 1 } },
  })
  if (count === 0) return null
  return (await tx.mount.findUniqueOrThrow({ where: { id }, select: { generation: true } })).generation
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
    overrides: storable(overrides),
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

/** What is wanted of the mount now, as far as it decides about what may stay. */
export function findPolicy(tx: Db, id: string) {
  return tx.mount.findUnique({ where: { id }, select: { name: true, mountPoint: true, onDrift: true, readOnly: true } })
}

/** A mount that was to be deleted stays on the hosts that were not reached, and on no others. */
export async function keepMount(tx: Db, id: string, { definition }: MountWish): Promise<void> {
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
