import type { AlertEventView, AlertSummary, AlertView } from '@/lib/alerts/schema'
import type { CauseKind, Severity } from '@/lib/attention/schema'
import { SEVERITIES } from '@/lib/attention/severities'
import type { StatusWord } from '@/lib/tones'
import { formatDuration } from '@/lib/units'

const SEVERITY_WORDS: Record<Severity, string> = { critical: 'Critical', warning: 'Warning', drift: 'Changed' }

/** What is acknowledged or over is quieter than what is not. */
export function severityOf({ severity, state }: Pick<AlertView, 'severity' | 'state'>): StatusWord {
  return { tone: state === 'open' ? severity : 'off', word: SEVERITY_WORDS[severity] }
}

/** What the bell says to who does not see it. */
export function bellWords(counts: AlertSummary['counts']): string {
  const parts = SEVERITIES.flatMap((severity) =>
    counts[severity] === 0 ? [] : [`${counts[severity]} ${SEVERITY_WORDS[severity].toLowerCase()}`],
  )
  return parts.length === 0 ? 'Alerts: none' : `Alerts: ${parts.join(', ')}`
}

export const STATE_WORDS: Record<AlertView['state'], string> = {
  open: 'Open',
  acknowledged: 'Acknowledged',
  silenced: 'Silenced',
  maintenance: 'In maintenance',
  folded: 'Not known',
  cleared: 'Over',
}

/** The state as it stands beside a heading. */
export function statusOf(alert: Pick<AlertView, 'severity' | 'state'>): StatusWord {
  if (alert.state === 'open') return severityOf(alert)
  return { tone: alert.state === 'cleared' ? 'healthy' : 'off', word: STATE_WORDS[alert.state] }
}

export const KIND_WORDS: Record<CauseKind, string> = {
  host_away: 'Host does not answer',
  agent_outdated: 'Agent outdated',
  tools_missing: 'Programs missing',
  certificate_ending: 'Certificate ending',
  clock: 'Clock off',
  disk_failing: 'Disk failing',
  disk_worn: 'Disk worn',
  storage: 'Storage unreachable or refusing',
  capacity: 'Nearly full',
  inodes: 'Few inodes left',
  uploads: 'Uploads stuck',
  forecast: 'Full before long',
  overcommit: 'Promised too much',
  availability: 'Availability below objective',
  mount: 'Mount not as wanted',
  nodes: 'Nodes apart',
  drift: 'Changed on hosts',
  pool: 'Pool not as wanted',
  volume: 'Volume missing or unusable',
  notifier: 'Messages not taken',
  heartbeat: "Dead-man's switch not pinged",
  own_certificate: 'Certificate of Holdfast ending',
}

const EVENT_WORDS: Record<AlertEventView['kind'], string> = {
  opened: 'Opened',
  worse: 'Got worse',
  milder: 'Got milder',
  cleared: 'Over',
  acknowledged: 'Acknowledged',
  silenced: 'Silenced',
  taken_back: 'Taken back',
  maintenance_began: 'Maintenance began',
  maintenance_ended: 'Maintenance over',
}

export function eventWords({ kind, severity }: Pick<AlertEventView, 'kind' | 'severity'>): string {
  const isNews = kind === 'opened' || kind === 'worse' || kind === 'milder'
  return isNews ? `${EVENT_WORDS[kind]}: ${SEVERITY_WORDS[severity].toLowerCase()}` : EVENT_WORDS[kind]
}

export function eventTone({ kind, severity }: Pick<AlertEventView, 'kind' | 'severity'>): StatusWord['tone'] {
  if (kind === 'cleared') return 'healthy'
  return kind === 'opened' || kind === 'worse' || kind === 'milder' ? severity : 'off'
}

/** How long it has lasted, in milliseconds; `now` by the clock of the reader. */
export function lastedMs({ opened_at, cleared_at }: Pick<AlertView, 'opened_at' | 'cleared_at'>, now: number): number {
  return Math.max(0, (cleared_at === null ? now : Date.parse(cleared_at)) - Date.parse(opened_at))
}

export function lastedWords(alert: Pick<AlertView, 'opened_at' | 'cleared_at'>, now: number): string {
  return formatDuration(lastedMs(alert, now))
}
