import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { inTransaction } from '@/lib/db/transaction'
import { publishChanged, publishWanted } from '@/lib/events/process-bus'
import { newId } from '@/lib/ids'
import * as repository from '@/lib/notifiers/repository'
import type { DeliveryView, ListDeliveries } from '@/lib/notifiers/schema'
import { requireNotifier } from '@/lib/notifiers/service'
import { deliveryView } from '@/lib/notifiers/view'
import { pauseFor } from '@/lib/pause'

/** What was sent, is to be sent, was given up or was not needed; newest first. */
export async function listDeliveries(
  actor: Actor,
  notifierId: string,
  query: ListDeliveries,
): Promise<{ data: DeliveryView[]; total: number; nextCursor?: string }> {
  authorize(actor, 'notifiers.read')
  await requireNotifier(notifierId)
  const filter = { notifierId, statuses: query.status }
  const [rows, total] = await Promise.all([
    repository.findDeliveries(filter, query.cursor, query.limit + 1),
    repository.countDeliveries(filter),
  ])
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  return {
    data: page.map(deliveryView),
    total,
    ...(rows.length > query.limit && last ? { nextCursor: last.id } : {}),
  }
}

const LOOK_MS = 200

/** Sends a message by hand, once, and waits for what comes of it: what the receiver answered, or why it failed. */
export async function testNotifier(
  actor: Actor,
  notifierId: string,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal },
): Promise<DeliveryView> {
  authorize(actor, 'notifiers.write')
  const { name } = await requireNotifier(notifierId)
  const id = newId('delivery')
  const now = new Date()
  const title = `${actor.name} tries the notifier ${name}.`
  const message = { id, notifierId, alertId: null, event: 'test', severity: 'warning', title }
  await inTransaction(async (tx) => {
    await repository.insertDeliveries(tx, [{ ...message, key: id, createdAt: now, dueAt: now }])
    await recordAudit(tx, actor, {
      action: 'notifier.tested',
      target: { kind: 'notifier', id: notifierId, name },
      change: { delivery: id },
    })
  })
  publishWanted('notifier', notifierId)
  publishChanged('notifier', notifierId)
  return ended(id, now.getTime() + waitMs, signal)
}

async function ended(id: string, deadlineAt: number, signal: AbortSignal): Promise<DeliveryView> {
  for (;;) {
    const row = await repository.findDelivery(id)
    if (row === null) throw new Error('a message that was queued is gone')
    if (row.status !== 'waiting' || Date.now() >= deadlineAt || signal.aborted) return deliveryView(row)
    await pauseFor(LOOK_MS)
  }
}
