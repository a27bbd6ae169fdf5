import type { CauseKind, Severity } from '@/lib/attention/schema'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/ids'
import { insertDeliveries, type NewDelivery } from '@/lib/notifiers/repository'
import { reaches, rulesOf } from '@/lib/notifiers/schema'

/** What has become of an alert, as far as somebody is told of it. */
export interface Told {
  alertId: string
  happened: 'opened' | 'worse' | 'cleared'
  kind: CauseKind
  /** Of what it is about, if that has one. */
  subjectId: string | null
  /** Of the alert from then on. */
  severity: Severity
  title: string
  at: Date
  /** Hosts that it is about, or that suffer from it. */
  hostIds: readonly string[]
  /** About how many things it has been, where several come and go: one more is told too. */
  members: number
}

/**
 * Queues a message for each notifier that tells of it, in the transaction that writes the event: both are there, or none. Of each
 * severity an alert tells a notifier once, however often it comes and goes, and that it is over once, to those that were to be told
 * that it was there. Returns how many were queued.
 */
export async function queueMessages(tx: Db, events: readonly Told[]): Promise<number> {
  if (events.length === 0) return 0
  const notifiers = await tx.notifier.findMany({
    where: { enabled: true },
    select: { id: true, rules: true },
    orderBy: { id: 'asc' },
  })
  if (notifiers.length === 0) return 0
  const alertIds = [...new Set(events.map(({ alertId }) => alertId))]
  const earlier = await tx.delivery.findMany({
    where: { alertId: { in: alertIds } },
    select: { key: true, notifierId: true, alertId: true },
  })
  const keys = new Set(earlier.map(({ key }) => key))
  const told = new Set(earlier.map(({ notifierId, alertId }) => `${notifierId} ${alertId}`))
  const rows: NewDelivery[] = []
  const isLabelled = await labelledHosts(tx, notifiers, events)
  for (const event of events) {
    for (const { id: notifierId, rules: stored } of notifiers) {
      const isOver = event.happened === 'cleared'
      const rules = rulesOf(stored)
      const isMeant = isOver
        ? told.has(`${notifierId} ${event.alertId}`)
        : // That it takes no message is told by the others.
          event.subjectId !== notifierId &&
          reaches(rules, event.severity) &&
          (rules.kinds === null || rules.kinds.includes(event.kind)) &&
          isLabelled(rules.host_labels, event.hostIds)
      const key = `${notifierId} ${event.alertId} ${isOver ? 'over' : stageOf(event)}`
      if (!isMeant || keys.has(key)) continue
      keys.add(key)
      // Those who come second hear of the end at once: they are told only what they were told of.
      const delayMs = isOver ? 0 : rules.after_minutes * 60_000
      rows.push(rowOf(event, notifierId, key, delayMs))
    }
  }
  await insertDeliveries(tx, rows)
  return rows.length
}

function stageOf({ severity, members }: Told): string {
  return members > 1 ? `${severity} ${members}` : severity
}

function rowOf(
  { alertId, happened, severity, title, at }: Told,
  notifierId: string,
  key: string,
  delayMs: number,
): NewDelivery {
  const id = newId('delivery')
  const dueAt = new Date(at.getTime() + delayMs)
  return { id, notifierId, alertId, event: happened, severity, title, key, createdAt: at, dueAt }
}

type HasLabels = (wanted: Readonly<Record<string, string>>, hostIds: readonly string[]) => boolean

/** Tells whether one of several hosts has all of the labels that are wanted. Asks only where a notifier wants some. */
async function labelledHosts(
  tx: Db,
  notifiers: readonly { rules: unknown }[],
  events: readonly Told[],
): Promise<HasLabels> {
  const areWanted = notifiers.some(({ rules }) => Object.keys(rulesOf(rules).host_labels).length > 0)
  const ids = areWanted ? [...new Set(events.flatMap(({ hostIds }) => hostIds))] : []
  const hosts =
    ids.length === 0 ? [] : await tx.host.findMany({ where: { id: { in: ids } }, select: { id: true, labels: true } })
  const labels = new Map(hosts.map((host) => [host.id, (host.labels ?? {}) as Record<string, string>]))
  return (wanted, hostIds) => {
    const entries = Object.entries(wanted)
    return (
      entries.length === 0 || hostIds.some((id) => entries.every(([key, value]) => labels.get(id)?.[key] === value))
    )
  }
}
