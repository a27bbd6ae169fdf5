import 'server-only'
import { isDeepStrictEqual } from 'node:util'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { newId } from '@/lib/ids'
import { keptOf } from '@/lib/snapshots/keep'
import { snapshotsRefused } from '@/lib/snapshots/refusal'
import * as repository from '@/lib/snapshots/repository'
import { dueAfter, keepOf, type ScheduleRow, scheduleOf, scheduleView } from '@/lib/snapshots/schedule'
import type { PoolScheduleView, SetSchedule, VolumeScheduleView } from '@/lib/snapshots/schema'

export async function getVolumeSchedule(actor: Actor, id: string): Promise<VolumeScheduleView> {
  authorize(actor, 'volumes.read')
  const [row, cloned] = await Promise.all([findVolume(id), repository.findClonedFrom(id)])
  const holds = scheduleOf(row)
  const { turn } = row
  const refuses = snapshotsRefused(row) ?? null
  return {
    volume_id: id,
    from: row.schedule !== null ? 'volume' : holds !== null ? 'pool' : null,
    schedule: holds && scheduleView(holds),
    pool_schedule: row.pool.schedule && scheduleView(row.pool.schedule),
    next_run_at: refuses === null && holds?.isOn ? nextOf(holds, turn?.nextAt) : null,
    last_run_at: turn?.lastAt?.toISOString() ?? null,
    failures: turn?.failures ?? 0,
    failed_since: turn?.failedSince?.toISOString() ?? null,
    error: turn?.error ?? null,
    refuses,
    kept: holds === null ? [] : keptViews(row, holds, cloned),
  }
}

/** Before the controller has looked at it for the first time, what it is going to find. */
function nextOf(holds: ScheduleRow, known: Date | undefined): string | null {
  return (known ?? dueAfter(holds, new Date()))?.toISOString() ?? null
}

function keptViews(row: repository.ScheduledVolume, holds: ScheduleRow, cloned: ReadonlySet<string>) {
  const taken = row.snapshots.map(({ id, createdAt }) => ({ id, createdAt, hasClones: cloned.has(id) }))
  const kept = keptOf(taken, keepOf(holds), holds.timeZone)
  return [...kept].map(([id, reasons]) => ({ snapshot_id: id, for: reasons }))
}

export async function getPoolSchedule(actor: Actor, id: string): Promise<PoolScheduleView> {
  authorize(actor, 'pools.read')
  const [{ schedule }, counts] = await Promise.all([findPool(id), repository.countsOf(id)])
  return {
    pool_id: id,
    schedule: schedule && scheduleView(schedule),
    next_run_at: dueAfter(schedule, new Date())?.toISOString() ?? null,
    volume_count: schedule === null ? 0 : counts.following,
    own_count: counts.own,
    failing_count: counts.failing,
  }
}

/** From now on, instead of that of its pool. Throws `conflict` for a volume that can have no snapshots. */
export async function setVolumeSchedule(actor: Actor, id: string, given: SetSchedule): Promise<VolumeScheduleView> {
  authorize(actor, 'volumes.write')
  await inTransaction(async (tx) => {
    const row = await findVolume(id, tx)
    const reason = snapshotsRefused(row) ?? null
    if (reason !== null) throw new HoldfastError('conflict', `Volume '${row.name}': ${reason}`)
    await set(tx, { volumeId: id }, given, { own: row.schedule, before: scheduleOf(row) })
    const target = { kind: 'volume', id, name: row.name }
    const change = { before: row.schedule && scheduleView(row.schedule), after: given }
    await recordAudit(tx, actor, { action: 'volume.snapshot_schedule_set', target, change })
  })
  publishChanged('volume', id)
  return getVolumeSchedule(actor, id)
}

/** That of its pool holds for it again, if there is one. What was taken stays. */
export async function removeVolumeSchedule(actor: Actor, id: string): Promise<VolumeScheduleView> {
  authorize(actor, 'volumes.write')
  await inTransaction(async (tx) => {
    const row = await findVolume(id, tx)
    if (row.schedule === null) return
    const owner = { volumeId: id }
    await repository.remove(tx, owner)
    await repository.beginAnew(tx, owner, dueAfter(row.pool.schedule, new Date()))
    const target = { kind: 'volume', id, name: row.name }
    const change = { before: scheduleView(row.schedule) }
    await recordAudit(tx, actor, { action: 'volume.snapshot_schedule_removed', target, change })
  })
  publishChanged('volume', id)
  return getVolumeSchedule(actor, id)
}

/** For all of its volumes that have none of their own. */
export async function setPoolSchedule(actor: Actor, id: string, given: SetSchedule): Promise<PoolScheduleView> {
  authorize(actor, 'pools.write')
  await inTransaction(async (tx) => {
    const row = await findPool(id, tx)
    if (row.deletedAt !== null) throw new HoldfastError('conflict', `Pool '${row.name}' is being removed.`)
    await set(tx, { poolId: id }, given, { own: row.schedule, before: row.schedule })
    const target = { kind: 'pool', id, name: row.name }
    const change = { before: row.schedule && scheduleView(row.schedule), after: given }
    await recordAudit(tx, actor, { action: 'pool.snapshot_schedule_set', target, change })
  })
  publishChanged('pool', id)
  return getPoolSchedule(actor, id)
}

export async function removePoolSchedule(actor: Actor, id: string): Promise<PoolScheduleView> {
  authorize(actor, 'pools.write')
  await inTransaction(async (tx) => {
    const row = await findPool(id, tx)
    if (row.schedule === null) return
    const owner = { poolId: id }
    await repository.beginAnew(tx, owner, null)
    await repository.remove(tx, owner)
    const target = { kind: 'pool', id, name: row.name }
    const change = { before: scheduleView(row.schedule) }
    await recordAudit(tx, actor, { action: 'pool.snapshot_schedule_removed', target, change })
  })
  publishChanged('pool', id)
  return getPoolSchedule(actor, id)
}

/** `own`: what is replaced; `before`: what has held until now. Times that stay as they are go on being counted from where they were. */
async function set(
  tx: Db,
  owner: repository.Owner,
  given: SetSchedule,
  { own, before }: Record<'own' | 'before', ScheduleRow | null>,
): Promise<void> {
  const now = new Date()
  const isSame =
    own !== null &&
    own.isOn === given.enabled &&
    own.timeZone === given.time_zone &&
    isDeepStrictEqual(own.rule, given.rule)
  const { last, daily, weekly, monthly } = given.keep
  const row = {
    isOn: given.enabled,
    rule: given.rule,
    timeZone: given.time_zone,
    prefix: given.prefix,
    keepLast: last,
    keepDaily: daily,
    keepWeekly: weekly,
    keepMonthly: monthly,
    since: isSame ? own.since : new Date(Math.floor(now.getTime() / 60_000) * 60_000),
  }
  await repository.save(tx, newId('schedule'), owner, row)
  if (!isSame) await repository.beginAnew(tx, owner, dueAfter({ ...row, updatedAt: now }, now))
  if (before !== null && given.enabled) await repository.pruneSoon(tx, owner, now)
}

async function findVolume(id: string, tx?: Db): Promise<repository.ScheduledVolume> {
  const row = await repository.findVolume(id, tx)
  if (!row) throw new HoldfastError('not_found', 'Volume not found')
  return row
}

async function findPool(id: string, tx?: Db) {
  const row = await repository.findPool(id, tx)
  if (!row) throw new HoldfastError('not_found', 'Pool not found')
  return row
}
