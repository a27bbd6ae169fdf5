import { raw } from '@prisma/client/runtime/client'
import type { Db, Prisma } from '@/lib/db/client'
import type { RolloutSubject } from '@/lib/rollouts/kind'
import { ROLLOUT_KINDS } from '@/lib/rollouts/kinds'
import type { BackendBefore, Before, RolloutState } from '@/lib/rollouts/schema'
import type { WaveHost } from '@/lib/rollouts/waves'

const UNFINISHED = ['queued', 'running', 'paused'] as const
/** As literals: PostgreSQL compares an enum with no text that is handed in. */
const UNFINISHED_LITERALS = raw(UNFINISHED.map((status) => `'${status}'`).join(', '))

export async function findWaveHosts(tx: Db, ids: readonly string[]): Promise<WaveHost[]> {
  const rows = await tx.host.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, name: true, observedStatus: true },
  })
  return rows.map((row) => ({ hostId: row.id, name: row.name, status: row.observedStatus }))
}

/**
 * A rollout that is not over and would be in the way of a change: of the mount or backend itself, of its backend, of its mounts, or of
 * what else it rests on. One statement: every change asks.
 */
export async function findInTheWay(
  tx: Db,
  id: string,
  restsOn?: string,
): Promise<{ id: string; status: string; targetName: string | null } | undefined> {
  const [found] = await tx.$queryRaw<{ id: string; status: string; targetName: string | null }[]>`
    SELECT "id", "status", "targetName" FROM "Operation"
    WHERE "status" IN (${UNFINISHED_LITERALS}) AND "rollout" IS NOT NULL AND (
      "targetId" IN (${id}, ${restsOn ?? id})
      OR "targetId" IN (SELECT "id" FROM "Mount" WHERE "backendId" = ${id})
      OR "targetId" IN (SELECT "backendId" FROM "Mount" WHERE "id" = ${id}))
    ORDER BY "id" LIMIT 1`
  return found
}

/** Hosts held by an operation that is over or gone, which must not be. Returns how many there were. */
export async function releaseForgotten(db: Db): Promise<number> {
  let count = 0
  for (const kind of ROLLOUT_KINDS) {
    const holders = await kind.findHolders(db)
    if (holders.length === 0) continue
    const alive = await db.operation.findMany({
      where: { id: { in: holders }, status: { in: [...UNFINISHED] } },
      select: { id: true },
    })
    const forgotten = holders.filter((id) => !alive.some((operation) => operation.id === id))
    count += await kind.release(db, forgotten)
  }
  return count
}

/** The operation lets go of these hosts, or of all. */
export async function release(tx: Db, operationId: string, hostIds?: readonly string[]): Promise<void> {
  for (const kind of ROLLOUT_KINDS) await kind.release(tx, [operationId], hostIds)
}

async function backendBefore(tx: Db, id: string): Promise<BackendBefore | null> {
  const select = { id: true, name: true, config: true, source: true } as const
  const secrets = { select: { field: true, sealed: true, sealedFor: true, fingerprint: true } } as const
  const row = await tx.backend.findUnique({ where: { id }, select: { ...select, secrets } })
  return row && { ...row, config: row.config as Record<string, unknown> }
}

/** The stored wish, to return to. */
export async function rememberBefore(tx: Db, subject: RolloutSubject): Promise<Before> {
  const resources: Before['resources'] = []
  for (const { name, remember } of ROLLOUT_KINDS) {
    for (const { id, wish } of await remember(tx, subject)) resources.push({ kind: name, id, wish })
  }
  return { backend: subject.kind === 'backend' ? await backendBefore(tx, subject.id) : null, resources }
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
