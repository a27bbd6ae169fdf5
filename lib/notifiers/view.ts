import { Severity } from '@/lib/attention/schema'
import { findNotifier } from '@/lib/notifiers/registry'
import type { DeliveryRow, NotifierRow } from '@/lib/notifiers/repository'
import { DeliveryStatus, DeliveryView, type NotifierView, rulesOf } from '@/lib/notifiers/schema'

/** A type that this version does not know is shown without its config: nobody can tell what in it is secret. */
export function notifierView(row: NotifierRow, waiting: number): NotifierView {
  const descriptor = findNotifier(row.type)
  const declared = descriptor?.config.shape ?? {}
  const config = Object.entries(row.config as Record<string, unknown>).filter(([key]) => Object.hasOwn(declared, key))
  const stored = row.secrets.map(({ field, fingerprint, updatedAt }) => {
    return [field, { has_secret: true, fingerprint, updated_at: updatedAt.toISOString() }] as const
  })
  const none = { has_secret: false, fingerprint: null, updated_at: null }
  const known = Object.keys(descriptor?.secrets.shape ?? {}).map((key) => [key, none] as const)
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    target: row.target,
    enabled: row.enabled,
    config: Object.fromEntries(config),
    secrets: Object.fromEntries([...known, ...stored]),
    rules: rulesOf(row.rules),
    sent_at: row.sentAt?.toISOString() ?? null,
    failed_since: row.failedSince?.toISOString() ?? null,
    last_error: row.failedSince === null ? null : row.lastError,
    waiting,
    generation: row.generation,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

export function deliveryView(row: DeliveryRow): DeliveryView {
  const status = DeliveryStatus.parse(row.status)
  return {
    id: row.id,
    message_id: row.message ?? row.id,
    alert_id: row.alertId,
    event: DeliveryView.shape.event.parse(row.event),
    severity: Severity.parse(row.severity),
    title: row.title,
    status,
    attempts: row.attempts,
    created_at: row.createdAt.toISOString(),
    next_attempt_at: status === 'waiting' ? row.dueAt.toISOString() : null,
    ended_at: row.endedAt?.toISOString() ?? null,
    answer: row.answer,
  }
}
