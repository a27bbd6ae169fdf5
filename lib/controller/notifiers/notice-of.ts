import { alertView } from '@/lib/alerts/view'
import { Severity } from '@/lib/attention/schema'
import type { DueDelivery, Message } from '@/lib/controller/notifiers/deliveries-repository'
import type { Notice, NoticeEvent } from '@/lib/notifiers/contract/notice'
import { gatheredWords } from '@/lib/notifiers/gather'

/** What a message says, in the words that its alerts have now: it may have waited. `publicUrl`: where people reach the console. */
export function noticeOf({ id, rows }: Message, publicUrl: string): Notice {
  const [first, ...others] = rows
  if (others.length === 0) return single(id, first, publicUrl)
  const words = gatheredWords([lineOf(first), ...others.map(lineOf)])
  const url = `${publicUrl}/alerts${words.event === 'cleared' ? '?tab=past' : ''}`
  return { ...words, id, at: first.createdAt, url, alert: null }
}

function lineOf({ event, alert, severity, title }: DueDelivery) {
  return {
    event: event as NoticeEvent,
    severity: Severity.parse(alert?.severity ?? severity),
    title: alert?.title ?? title,
  }
}

function single(id: string, row: DueDelivery, publicUrl: string): Notice {
  const { event, createdAt, alert } = row
  const of = { id, at: createdAt, gathered: null, ...lineOf(row) }
  if (alert === null) return { ...of, url: `${publicUrl}/settings/notifiers`, alert: null }
  const view = alertView(alert, { held: new Map(), windows: new Map() }, createdAt)
  return {
    ...of,
    url: `${publicUrl}/alerts/${view.id}`,
    alert: {
      id: view.id,
      causeId: view.cause_id,
      kind: view.kind,
      subject: view.subject,
      advice: view.advice,
      reach: view.reach,
      openedAt: alert.openedAt ?? alert.firstSeenAt,
      clearedAt: event === 'cleared' ? alert.clearedAt : null,
    },
  }
}
