import 'server-only'
import { causesById } from '@/lib/attention/cause'
import { findCauses } from '@/lib/attention/causes'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { newId } from '@/lib/ids'
import * as repository from '@/lib/maintenance/repository'
import type {
  ChangeMaintenance,
  CreateMaintenance,
  ListMaintenance,
  MaintenanceTiming,
  MaintenanceView,
} from '@/lib/maintenance/schema'
import { settleMaintenance } from '@/lib/maintenance/settle'
import { activeUntil, endOf, nextStart } from '@/lib/maintenance/timing'

/** More than anybody looks after; an end for a script that does not. */
const MOST = 1000
/** One that lasts longer, or begins later, is a slip. */
const LONGEST_MS = 366 * 86_400_000

/** Those that go on now first, then what comes next, then what is over, the latest first. */
export async function listMaintenance(
  actor: Actor,
  query: ListMaintenance = {},
): Promise<{ data: MaintenanceView[]; total: number }> {
  authorize(actor, 'attention.read')
  const now = new Date()
  const rows = await repository.findAll()
  const names = await repository.findNames(rows.flatMap(({ subjects }) => subjects))
  const data = rows
    .map((row) => viewOf(row, names, now))
    .filter(({ state }) => query.state === undefined || query.state.includes(state))
    .filter(
      ({ subjects }) => query.subject_id === undefined || subjects.some(({ id }) => query.subject_id?.includes(id)),
    )
    .toSorted(inOrder)
  return { data, total: data.length }
}

function inOrder(one: MaintenanceView, other: MaintenanceView): number {
  const rank = ({ state }: MaintenanceView) => ['active', 'planned', 'over'].indexOf(state)
  const timeOf = ({ active_until: until, next_at: next }: MaintenanceView) => Date.parse(until ?? next ?? '') || 0
  return rank(one) - rank(other) || timeOf(one) - timeOf(other) || (one.id < other.id ? 1 : -1)
}

export async function getMaintenance(actor: Actor, id: string): Promise<MaintenanceView> {
  authorize(actor, 'attention.read')
  return viewWithNames(await requireWindow(id))
}

/** Throws `invalid_input` for a time that is over, and for what is not there. */
export async function createMaintenance(actor: Actor, given: CreateMaintenance): Promise<MaintenanceView> {
  authorize(actor, 'attention.write')
  const row = await inTransaction(async (tx) => {
    if ((await repository.count(tx)) >= MOST)
      throw new HoldfastError('conflict', `There are ${MOST} maintenance windows; delete some first.`)
    checkTiming(given.timing, new Date())
    await checkSubjects(tx, given.subjects)
    const made = await repository.insert(tx, { ...given, id: newId('maintenance'), by: actor.name, byId: actor.id })
    await recordAudit(tx, actor, { action: 'maintenance.created', target: targetOf(made), change: given })
    return made
  })
  await settle(row.id)
  return viewWithNames(row)
}

/** What is left out stays. To end one that goes on now, let it last until now, or delete it. */
export async function changeMaintenance(actor: Actor, id: string, given: ChangeMaintenance): Promise<MaintenanceView> {
  authorize(actor, 'attention.write')
  const row = await inTransaction(async (tx) => {
    const before = await requireWindow(id, tx)
    const { reason = before.reason, subjects = before.subjects, timing = before.timing } = given
    if (given.timing !== undefined) checkTiming(timing, new Date())
    if (given.subjects !== undefined) await checkSubjects(tx, subjects)
    const after = await repository.update(tx, id, { reason, subjects, timing })
    const { reason: was, subjects: of, timing: at } = before
    const change = { before: { reason: was, subjects: of, timing: at }, after: given }
    await recordAudit(tx, actor, { action: 'maintenance.changed', target: targetOf(after), change })
    return after
  })
  await settle(id)
  return viewWithNames(row)
}

/** What was quiet because of it is told again, if it is still there. */
export async function deleteMaintenance(actor: Actor, id: string): Promise<void> {
  authorize(actor, 'attention.write')
  await inTransaction(async (tx) => {
    const row = await requireWindow(id, tx)
    await repository.remove(tx, id)
    const { reason, subjects, timing } = row
    const change = { reason, subjects, timing }
    await recordAudit(tx, actor, { action: 'maintenance.deleted', target: targetOf(row), change })
  })
  await settle(id)
}

/** Alerts know of it at once, and not when the controller looks the next time. */
async function settle(windowId: string): Promise<void> {
  const now = new Date()
  const causes = causesById(await findCauses(now))
  const settled = await inTransaction((tx) => settleMaintenance(tx, causes, now))
  publishChanged('attention', windowId)
  for (const { row } of settled) publishChanged('alert', row.id)
}

// ---- what is refused -----------------------------------------------------------------------------------------------------

function refuse(field: string, message: string): HoldfastError {
  return new HoldfastError('invalid_input', message, { fields: [{ field, message }] })
}

function checkTiming(timing: MaintenanceTiming, now: Date): void {
  if (timing.repeat !== 'once') return
  const [from, until] = [new Date(timing.from), new Date(timing.until)]
  if (until <= from) throw refuse('timing.until', 'It has to end after it has begun.')
  if (until <= now) throw refuse('timing.until', 'This time is over already.')
  if (until.getTime() - now.getTime() > LONGEST_MS) throw refuse('timing.until', 'It has to be over within a year.')
}

async function checkSubjects(tx: Db, subjects: CreateMaintenance['subjects']): Promise<void> {
  const names = await repository.findNames(subjects, tx)
  for (const [at, { kind, id }] of subjects.entries())
    if (!names.has(id)) throw refuse(`subjects.${at}.id`, `There is no ${kind} of this id.`)
}

async function requireWindow(id: string, tx?: Db): Promise<repository.MaintenanceRow> {
  const row = await repository.findById(id, tx)
  if (row === null) throw new HoldfastError('not_found', 'Maintenance window not found')
  return row
}

// ---- views ---------------------------------------------------------------------------------------------------------------

function targetOf({ id, reason }: repository.MaintenanceRow) {
  return { kind: 'maintenance', id, name: reason }
}

async function viewWithNames(row: repository.MaintenanceRow): Promise<MaintenanceView> {
  return viewOf(row, await repository.findNames(row.subjects), new Date())
}

function viewOf(row: repository.MaintenanceRow, names: ReadonlyMap<string, string>, now: Date): MaintenanceView {
  const until = activeUntil(row.timing, now)
  const end = endOf(row.timing)
  return {
    id: row.id,
    reason: row.reason,
    subjects: row.subjects.flatMap(({ kind, id }) => {
      const name = names.get(id)
      return name === undefined ? [] : [{ kind, id, name }]
    }),
    timing: row.timing,
    state: until !== null ? 'active' : end !== null && end <= now ? 'over' : 'planned',
    active_until: until?.toISOString() ?? null,
    next_at: nextStart(row.timing, now)?.toISOString() ?? null,
    by: row.by,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
