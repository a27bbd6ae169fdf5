import 'server-only'
import * as repository from '@/lib/alerts/repository'
import {
  type AlertDetail,
  type AlertState,
  AlertSummary,
  type AlertView,
  type ListAlerts,
  type Silence,
} from '@/lib/alerts/schema'
import { ALERT_STATES } from '@/lib/alerts/states'
import { type Around, alertView, eventView } from '@/lib/alerts/view'
import { isOver } from '@/lib/attention/acknowledgements'
import * as acknowledgements from '@/lib/attention/repository'
import { type Acknowledge, Severity } from '@/lib/attention/schema'
import { acknowledge } from '@/lib/attention/service'
import { SEVERITIES } from '@/lib/attention/severities'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { findAll as findAllWindows } from '@/lib/maintenance/repository'

async function readAround(): Promise<Around> {
  const [held, windows] = await Promise.all([acknowledgements.findAll(), findAllWindows()])
  return {
    held: new Map(held.map((row) => [row.causeId, row])),
    windows: new Map(windows.map((row) => [row.id, row])),
  }
}

/** Newest first. */
export async function listAlerts(
  actor: Actor,
  query: ListAlerts,
): Promise<{ data: AlertView[]; total: number; nextCursor?: string }> {
  authorize(actor, 'attention.read')
  const now = new Date()
  const around = await readAround()
  const filter = {
    states: (query.state ?? ALERT_STATES).map((state) => conditionOf(state, around.held, now)),
    severities: query.severity,
    kinds: query.kind,
    about: query.subject_id && {
      subjectIds: query.subject_id,
      alertIds: await repository.findShared(query.subject_id),
    },
  }
  const [rows, total] = await Promise.all([
    repository.findPage(filter, query.cursor, query.limit + 1),
    repository.count(filter),
  ])
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  return {
    data: page.map((row) => alertView(row, around, now)),
    total,
    ...(rows.length > query.limit && last ? { nextCursor: last.id } : {}),
  }
}

/** What the database has to be asked for alerts of a state. */
function conditionOf(state: AlertState, held: Around['held'], now: Date): repository.AlertFilter['states'][number] {
  if (state === 'cleared') return { isOver: true }
  if (state === 'folded') return { isOver: false, isFolded: true }
  // Nobody has said anything of it.
  const isFree = state === 'open' || state === 'maintenance'
  const holding = [...held.values()].filter((row) => !isOver(row, now))
  const causeIds = holding
    .filter(({ until }) => isFree || (until === null) === (state === 'acknowledged'))
    .map(({ causeId }) => causeId)
  return {
    isOver: false,
    isFolded: false,
    held: { causeIds, isIn: !isFree },
    ...(isFree ? { muted: { at: now, isIn: state === 'maintenance' } } : {}),
  }
}

const SUMMARY_SHOWN = 6

/** How many need somebody, and the worst few. */
export async function summarize(actor: Actor): Promise<AlertSummary> {
  authorize(actor, 'attention.read')
  const now = new Date()
  const around = await readAround()
  const states = [conditionOf('open', around.held, now)]
  const counted = await Promise.all(
    SEVERITIES.map(async (severity) => [severity, await repository.count({ states, severities: [severity] })] as const),
  )
  const first: repository.AlertRow[] = []
  for (const [severity, total] of counted) {
    const left = SUMMARY_SHOWN - first.length
    if (total > 0 && left > 0)
      first.push(...(await repository.findPage({ states, severities: [severity] }, undefined, left)))
  }
  return {
    total: counted.reduce((sum, [, total]) => sum + total, 0),
    counts: AlertSummary.shape.counts.parse(Object.fromEntries(counted)),
    first: AlertSummary.shape.first.parse(first.map((row) => alertView(row, around, now))),
  }
}

/** With what became of it, and what people did. */
export async function getAlert(actor: Actor, id: string): Promise<AlertDetail> {
  authorize(actor, 'attention.read')
  const [row, around] = await Promise.all([requireAlert(id), readAround()])
  const folded = row.clearedAt === null ? await repository.findFolded(row.causeId) : []
  return {
    ...alertView(row, around, new Date()),
    events: row.events.map(eventView),
    folded: folded.map(({ id: one, severity, title }) => ({ id: one, severity: Severity.parse(severity), title })),
  }
}

/** Says for everybody that it is known, until it gets worse or is over. Throws `conflict` when it is over, or its cause is not seen now. */
export async function acknowledgeAlert(actor: Actor, id: string, given: Acknowledge): Promise<AlertDetail> {
  authorize(actor, 'attention.write')
  const alert = await requireThere(id)
  await acknowledge(actor, alert.causeId, given).catch((error: unknown) => {
    if (error instanceof HoldfastError && error.code === 'not_found') throw notSeen()
    throw error
  })
  publishChanged('alert', id)
  return getAlert(actor, id)
}

/** No word of it until then, also when it gets worse, or is over and comes back. Takes the place of an acknowledgement. */
export function silenceAlert(actor: Actor, id: string, given: Silence): Promise<AlertDetail> {
  return acknowledgeAlert(actor, id, given)
}

/** Takes an acknowledgement or a silence back, of this alert alone, also when it is over. Throws `not_found` when there is none. */
export async function unacknowledgeAlert(actor: Actor, id: string): Promise<AlertDetail> {
  authorize(actor, 'attention.write')
  const { causeId, title } = await requireAlert(id)
  const { held } = await readAround()
  if (!held.has(causeId)) throw new HoldfastError('not_found', 'This alert is neither acknowledged nor silenced.')
  await inTransaction(async (tx) => {
    await acknowledgements.remove(tx, [causeId])
    const act = { kind: 'taken_back', at: new Date(), by: actor.name, note: null, until: null } as const
    await repository.noteActs(tx, [causeId], act)
    await recordAudit(tx, actor, {
      action: 'attention.acknowledgement_removed',
      target: { kind: 'alert', id, name: title },
    })
  })
  publishChanged('attention', causeId)
  publishChanged('alert', id)
  return getAlert(actor, id)
}

async function requireAlert(id: string) {
  const row = await repository.findById(id)
  if (row === null) throw new HoldfastError('not_found', 'Alert not found')
  return row
}

async function requireThere(id: string): Promise<repository.AlertRow> {
  const row = await requireAlert(id)
  if (row.clearedAt !== null) throw new HoldfastError('conflict', 'This alert is over already.')
  return row
}

function notSeen(): HoldfastError {
  return new HoldfastError('conflict', 'What this alert is about is not seen at the moment.', {
    recovery: 'It is over in five minutes if it stays away. If it comes back, acknowledge it then.',
  })
}
