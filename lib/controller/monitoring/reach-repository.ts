import { DESIRED_BACKEND } from '@/lib/controller/resources/backend-repository'
import { type ProblemColumns, problemColumns, type ToldProblem } from '@/lib/controller/resources/problem-columns'
import { readSetting, writeSetting } from '@/lib/controller/settings-repository'
import type { Db } from '@/lib/db/client'
import { storable } from '@/lib/db/json-column'
import { sealedParts } from '@/lib/db/sealed-secrets'
import { effectiveMount } from '@/lib/mounts/effective'
import type { CheckedLayer, ReachLayer } from '@/lib/reachability/layers'
import { REACH_ASKED_KEY } from '@/lib/reachability/schema'

/** A check that is due. */
export interface DueCheck {
  id: number
  backendId: string
  hostId: string
  /** Since when; a later one was asked for meanwhile. */
  wantedAt: Date
}

/** More than a controller makes before it looks again. */
const AT_ONCE = 20_000

/** Those of hosts that answer, oldest first; of equals host by host, so that one host's come from all servers in turn. */
export async function findDueChecks(db: Db, now: Date): Promise<DueCheck[]> {
  const rows = await db.$queryRaw<DueCheck[]>`
    SELECT r."id", r."backendId", r."hostId", r."wantedAt" FROM "Reach" r JOIN "Host" o ON o."id" = r."hostId"
    WHERE r."wantedAt" <= ${now} AND o."observedStatus" = 'online' AND o."revokedAt" IS NULL
    ORDER BY r."wantedAt", r."hostId", r."backendId" LIMIT ${AT_ONCE}`
  return rows.map((row) => ({ ...row, id: Number(row.id) }))
}

/** Types and settings by backend: they say which servers a check goes to. */
export async function findCheckedBackends(
  db: Db,
  ids: readonly string[],
): Promise<Map<string, { driver: string; config: unknown }>> {
  if (ids.length === 0) return new Map()
  const where = { id: { in: [...ids] } }
  const rows = await db.backend.findMany({ where, select: { id: true, driver: true, config: true } })
  return new Map(rows.map(({ id, ...row }) => [id, row]))
}

/**
 * The backend as this host reaches it, sealed; null when it is gone, and when this was checked between the look for what is due and now,
 * or asked for once more, which is due by itself. A host may reach it by an address of its own.
 */
export async function findChecked(db: Db, { id, backendId, hostId, wantedAt }: DueCheck) {
  if ((await db.reach.count({ where: { id, wantedAt } })) === 0) return null
  const backend = await db.backend.findUnique({
    where: { id: backendId },
    select: { ...DESIRED_BACKEND, generation: true },
  })
  if (backend === null) return null
  const row = await db.mountOnHost.findFirst({
    where: { hostId, removed: false, mount: { backendId, deletedAt: null } },
    select: { overrides: true, mount: { select: { mountPoint: true, readOnly: true } } },
    orderBy: { mountId: 'asc' },
  })
  const connection = await db.backendOnHost.findUnique({
    where: { backendId_hostId: { backendId, hostId } },
    select: { desired: true },
  })
  const { secrets, generation, ...stored } = backend
  const config = row === null ? stored.config : effectiveMount({ ...row.mount, backend: stored }, row.overrides).config
  const isUsed = row !== null || connection?.desired === 'connected'
  return { generation, isUsed, sealed: { ...stored, config, ...sealedParts(secrets) } }
}

/** Of what has failed twice: with five minutes for the first, once an hour. */
const RETRIES_APART = 12

/** What a check has found. */
export interface Outcome {
  failedLayer: ReachLayer | null
  layers: CheckedLayer[]
  durationMs: number
  problem: ToldProblem | null
  /** Of the settings that were checked. */
  generation: number
  /** It is mounted or connected there, or is to be. */
  isUsed: boolean
}

/**
 * One failure may be a moment's: it is looked at again after `retryMs`. From the second on it is somebody's concern where the storage is
 * used, and looked at until it is mended.
 */
export async function saveOutcome(
  tx: Db,
  due: DueCheck,
  outcome: Outcome,
  { now, retryMs }: { now: Date; retryMs: number },
): Promise<void> {
  const { id, wantedAt } = due
  const before = await tx.reach.findUnique({
    where: { id },
    select: { failedLayer: true, since: true, checkedAt: true, failures: true },
  })
  if (before === null) return
  const { failedLayer, layers, durationMs, generation } = outcome
  const failures = failedLayer === null ? 0 : before.failures + 1
  const isSame = before.checkedAt !== null && before.failedLayer === failedLayer
  const { observedValues, ...problem }: ProblemColumns = problemColumns(outcome.problem)
  await tx.reach.update({
    where: { id },
    data: {
      checkedAt: now,
      checkedGeneration: generation,
      durationMs,
      failedLayer,
      failures,
      since: isSame ? before.since : now,
      layers: storable(layers),
      ...problem,
      observedValues: storable(observedValues),
    },
    select: { id: true },
  })
  // What was asked for meanwhile is still to be made.
  const waitMs = failures === 1 ? retryMs : failures > 1 && outcome.isUsed ? retryMs * RETRIES_APART : null
  const next = waitMs === null ? null : new Date(now.getTime() + waitMs)
  await tx.reach.updateMany({ where: { id, wantedAt }, data: { wantedAt: next } })
}

/** It could not be made now. */
export async function putOff(tx: Db, { id, wantedAt }: DueCheck, until: Date): Promise<void> {
  await tx.reach.updateMany({ where: { id, wantedAt }, data: { wantedAt: until } })
}

/** When every check was asked for last; null: never. */
export async function lastAsked(db: Db): Promise<Date | null> {
  const stored = await readSetting(db, REACH_ASKED_KEY)
  return typeof stored === 'string' ? new Date(stored) : null
}

export async function noteAsked(db: Db, at: Date): Promise<void> {
  await writeSetting(db, REACH_ASKED_KEY, at.toISOString())
}
