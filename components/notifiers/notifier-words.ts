import { KIND_WORDS } from '@/components/alerts/alert-words'
import type { Severity } from '@/lib/attention/schema'
import type { HeartbeatView } from '@/lib/heartbeat/schema'
import { MOST_PER_HOUR } from '@/lib/notifiers/most-per-hour'
import type { DeliveryView, NotifierRules, NotifierView } from '@/lib/notifiers/schema'
import type { StatusWord } from '@/lib/tones'

/** How it is with a notifier. */
export function notifierStatus({
  enabled,
  failed_since,
  sent_at,
}: Pick<NotifierView, 'enabled' | 'failed_since' | 'sent_at'>): StatusWord {
  if (!enabled) return { tone: 'off', word: 'Switched off' }
  if (failed_since !== null) return { tone: 'critical', word: 'Not taken' }
  return sent_at === null ? { tone: 'unknown', word: 'Not used yet' } : { tone: 'healthy', word: 'Well' }
}

/** How it is with the dead-man's switch. */
export function heartbeatStatus({
  enabled,
  withheld_since,
  failed_since,
  taken_at,
}: Pick<HeartbeatView, 'enabled' | 'withheld_since' | 'failed_since' | 'taken_at'>): StatusWord {
  if (!enabled) return { tone: 'off', word: 'Switched off' }
  if (withheld_since !== null) return { tone: 'critical', word: 'Not pinged' }
  if (failed_since !== null) return { tone: 'critical', word: 'Not taken' }
  return taken_at === null ? { tone: 'unknown', word: 'Not pinged yet' } : { tone: 'healthy', word: 'Well' }
}

export function everyWords(minutes: number): string {
  return minutes === 1 ? 'every minute' : `every ${minutes} minutes`
}

export const REACH_WORDS: Record<Severity, string> = {
  critical: 'Critical alerts only',
  warning: 'Warnings and critical alerts',
  drift: 'All alerts',
}

/** `Critical alerts only: Clock off, Nearly full`. */
export function rulesWords({
  min_severity,
  kinds,
  host_labels,
  after_minutes,
  remind_hours,
  quiet_hours,
  most_per_hour,
}: NotifierRules): string {
  const only = kinds === null ? '' : `: ${kinds.map((kind) => KIND_WORDS[kind]).join(', ')}`
  const labels = Object.entries(host_labels).map(([key, value]) => `${key}=${value}`)
  const parts = [
    `${REACH_WORDS[min_severity]}${only}`,
    ...(labels.length === 0 ? [] : [`on hosts with ${labels.join(', ')}`]),
    ...(after_minutes === 0 ? [] : [`when nobody has acknowledged them for ${after_minutes} min`]),
    ...(remind_hours === null ? [] : [`again every ${remind_hours} h`]),
    ...(most_per_hour === MOST_PER_HOUR.standard ? [] : [`at most ${most_per_hour} in an hour`]),
    ...(quiet_hours === null ? [] : [`quiet from ${quiet_hours.from} to ${quiet_hours.to} (${quiet_hours.time_zone})`]),
  ]
  return parts.join(' · ')
}

const EVENT_WORDS: Record<DeliveryView['event'], string> = {
  opened: 'Opened',
  worse: 'Got worse',
  cleared: 'Over',
  reminder: 'Still there',
  test: 'Test',
}

export function eventWords({ event }: Pick<DeliveryView, 'event'>): string {
  return EVENT_WORDS[event]
}

/** What has become of a message. */
export function deliveryStatus({ status, attempts }: Pick<DeliveryView, 'status' | 'attempts'>): StatusWord {
  if (status === 'sent') return { tone: 'healthy', word: 'Sent' }
  if (status === 'failed') return { tone: 'critical', word: attempts > 1 ? 'Given up' : 'Not taken' }
  if (status === 'skipped') return { tone: 'off', word: 'Not needed' }
  return attempts > 0 ? { tone: 'warning', word: 'Tried again' } : { tone: 'working', word: 'Waiting' }
}
