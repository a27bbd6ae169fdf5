import type { OperationHostView, OperationLine, OperationView } from '@/lib/operations/schema'
import type { Tone } from '@/lib/tones'
import { formatDuration } from '@/lib/units'

/** Stands for the lines of all hosts. */
export const ALL_HOSTS = 'all'

/** One line of a log, as it is read. */
export interface LogLine {
  key: string
  at: string
  /** Null: of the operation as a whole. */
  hostId: string | null
  text: string
  tone: Extract<Tone, 'critical' | 'warning' | 'healthy'> | null
}

function lineOf({ id, at, host_id, message, step }: OperationLine): LogLine {
  const took = step ? ` [${step.status}, ${formatDuration(step.durationMs)}]` : ''
  const why = step?.detail && step.status !== 'passed' ? `: ${step.detail}` : ''
  const tone = step?.status === 'failed' ? 'critical' : step?.status === 'warning' ? 'warning' : null
  return { key: `line ${id}`, at, hostId: host_id, text: `${message}${why}${took}`, tone }
}

const ENDINGS: Partial<Record<OperationHostView['status'], string>> = {
  succeeded: 'Done',
  failed: 'Failed',
  partial: 'Partly done',
  cancelled: 'Cancelled',
  waiting: 'The host is away; it follows when it returns',
}

type Ended = Pick<OperationHostView, 'status' | 'error' | 'started_at' | 'finished_at'>

function endingOf(key: string, hostId: string | null, { status, error, started_at, finished_at }: Ended): LogLine[] {
  const word = ENDINGS[status]
  if (word === undefined || finished_at === null) return []
  const took = started_at === null ? '' : ` after ${formatDuration(Date.parse(finished_at) - Date.parse(started_at))}`
  const tone = status === 'succeeded' ? 'healthy' : status === 'failed' ? 'critical' : 'warning'
  return [{ key, at: finished_at, hostId, text: `${word}${took}${error ? `: ${error.message}` : '.'}`, tone }]
}

/** What was logged, and how it ended on each host; of one without hosts, how it ended at all. */
export function logLines(operation: Pick<OperationView, 'lines' | 'hosts' | keyof Ended>): LogLine[] {
  const { hosts } = operation
  const endings =
    hosts.length === 0
      ? endingOf('end', null, operation)
      : hosts.flatMap((host) => endingOf(`end ${host.host_id}`, host.host_id, host))
  // Sorting is stable: what was logged at the moment of the end stays before it.
  return [...operation.lines.map(lineOf), ...endings].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
}
