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
  /** Of the alert from then on. */
  severity: Severity
  title: string
  at: Date
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
  for (const event of events) {
    for (const { id: notifierId, rules: stored } of notifiers) {
      const isOver = event.happened === 'cleared'
      const rules = rulesOf(stored)
      const isMeant = isOver
        ? told.has(`${notifierId} ${event.alertId}`)
        : reaches(rules, event.severity) && (rules.kinds === null || rules.kinds.includes(event.kind))
      const key = `${notifierId} ${event.alertId} ${isOver ? 'over' : event.severity}`
      if (!isMeant || keys.has(key)) continue
      keys.add(key)
      rows.push(rowOf(event, notifierId, key))
    }
  }
  await insertDeliveries(tx, rows)
  return rows.length
}

function rowOf({ alertId, happened, severity, title, at }: Told, notifierId: string, key: string): NewDelivery {
  const id = newId('delivery')
  return { id, notifierId, alertId, event: happened, severity, title, key, createdAt: at, dueAt: at }
}
