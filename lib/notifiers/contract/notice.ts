import type { CauseView, Severity } from '@/lib/attention/schema'

/** What is told: the event of an alert, that it is still there, or that somebody tries it. */
export const NOTICE_EVENTS = ['opened', 'worse', 'cleared', 'reminder', 'test'] as const
export type NoticeEvent = (typeof NOTICE_EVENTS)[number]

/** One message, whatever it goes by. */
export interface Notice {
  /** The same in every attempt: who has seen it has the message already. */
  id: string
  event: NoticeEvent
  /** When it happened, not when it is sent. */
  at: Date
  severity: Severity
  /** A sentence that begins with the name of what it is about. */
  title: string
  /** Where a person reads more. */
  url: string
  /** Null of a test, and of several. */
  alert: NoticeAlert | null
  /** What is told in one message, where it is more than one alert. */
  gathered: Gathered | null
}

export interface Gathered {
  total: number
  /** The worst few, a line each. */
  first: readonly string[]
}

export interface NoticeAlert {
  id: string
  /** The same each time that it comes back. */
  causeId: string
  kind: string
  subject: CauseView['subject']
  advice: string | null
  /** Names of what else suffers, the first few, and how many there are in all. */
  reach: CauseView['reach']
  openedAt: Date
  clearedAt: Date | null
}
