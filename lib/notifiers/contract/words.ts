import type { Notice } from '@/lib/notifiers/contract/notice'

/** The words of a message, alike whatever it goes by. Plain text: each type escapes it for its own form. */

const LABELS = { critical: 'Critical', warning: 'Warning', drift: 'Drift' } as const

/** `Critical: nas-a does not answer`: one line. */
export function headline({ event, severity, title }: Pick<Notice, 'event' | 'severity' | 'title'>): string {
  if (event === 'test') return `Test: ${title}`
  if (event === 'cleared') return `Over: ${title}`
  return event === 'reminder' ? `Still ${LABELS[severity].toLowerCase()}: ${title}` : `${LABELS[severity]}: ${title}`
}

/** What stands below it, a line each; the address where to read more is the last one. */
export function details({ event, alert, gathered, url }: Notice): string[] {
  if (gathered !== null) {
    const left = gathered.total - gathered.first.length
    return [...gathered.first, ...(left > 0 ? [`and ${left} more.`] : []), url]
  }
  if (alert === null) return ['It was sent from Holdfast by hand. Nothing is wrong.', url]
  const lines = event === 'cleared' ? [] : [alert.advice ?? '', suffering(alert.reach)]
  return [...lines, times(alert), url].filter((line) => line !== '')
}

function times({ openedAt, clearedAt }: NonNullable<Notice['alert']>): string {
  const since = `Since ${spoken(openedAt)}`
  return clearedAt === null ? `${since}.` : `${since}, over at ${spoken(clearedAt)}.`
}

/** Servers and people are in several zones. */
function spoken(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function suffering(reach: NonNullable<Notice['alert']>['reach']): string {
  const parts = (['hosts', 'mounts', 'backends'] as const).flatMap((noun) => {
    const { total, first } = reach[noun]
    if (total === 0) return []
    const rest = total - first.length
    return [`${noun} ${first.map(({ name }) => name).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`]
  })
  return parts.length === 0 ? '' : `Affects ${parts.join('; ')}.`
}
