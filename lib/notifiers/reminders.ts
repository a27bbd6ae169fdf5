import { isOver } from '@/lib/attention/acknowledgements'
import * as acknowledgements from '@/lib/attention/repository'
import { Severity } from '@/lib/attention/schema'
import type { Db } from '@/lib/db/client'
import { newId } from '@/lib/ids'
import { reaches, rulesOf } from '@/lib/notifiers/schema'

const HOUR_MS = 3_600_000

/**
 * Queues a message for each alert that is still there so many hours after the last one about it, to notifiers that want it. What somebody
 * has said to know is not told again. Asks for nothing where no notifier reminds. The same look again queues nothing.
 */
export async function queueReminders(db: Db, now: Date): Promise<void> {
  const notifiers = await db.notifier.findMany({ where: { enabled: true }, select: { id: true, rules: true } })
  for (const { id, rules: stored } of notifiers) {
    const rules = rulesOf(stored)
    if (rules.remind_hours !== null) await remindOf(db, { id, ...rules, remind_hours: rules.remind_hours }, now)
  }
}

async function remindOf(
  db: Db,
  notifier: { id: string; remind_hours: number; min_severity: Severity },
  now: Date,
): Promise<void> {
  const latest = await db.delivery.groupBy({
    by: ['alertId'],
    where: { notifierId: notifier.id, alert: { clearedAt: null, goneAt: null } },
    _max: { createdAt: true, endedAt: true },
    _count: { _all: true },
  })
  const before = new Date(now.getTime() - notifier.remind_hours * HOUR_MS)
  const due = latest.filter(
    ({ _max }) => _max.endedAt !== null && _max.endedAt <= before && (_max.createdAt ?? now) <= before,
  )
  if (due.length === 0) return
  const alerts = await db.alert.findMany({ where: { id: { in: due.flatMap(({ alertId }) => alertId ?? []) } } })
  const held = new Map((await acknowledgements.findAll(db)).map((row) => [row.causeId, row]))
  for (const { id: alertId, causeId, severity, title } of alerts) {
    const known = held.get(causeId)
    if (known !== undefined && !isOver(known, now, { severity })) continue
    if (!reaches(notifier, Severity.parse(severity))) continue
    const count = due.find((row) => row.alertId === alertId)?._count._all
    // Of several controllers one writes it.
    const key = `${notifier.id} ${alertId} reminder ${count}`
    const row = { id: newId('delivery'), notifierId: notifier.id, alertId, event: 'reminder', severity, title, key }
    await db.delivery.upsert({
      where: { key },
      create: { ...row, status: 'waiting', createdAt: now, dueAt: now },
      update: {},
      select: { id: true },
    })
  }
}
