import { milliseconds } from '@/components/mounts/detail/activity-words'
import type { CsvValue } from '@/components/ui/table/csv'
import type { ActivityPointView } from '@/lib/monitoring/activity/schema'
import { formatBytes } from '@/lib/units'

/** `Answered in 3.2 ms, at most 1.5 s` */
export function latencyPointWords({ latency_ms: latency }: ActivityPointView): string {
  if (latency === null) return 'Nobody looked'
  return `Answered in ${milliseconds(latency.mean)}, at most ${milliseconds(latency.most)}`
}

export function rateWords(bytesPerSecond: number): string {
  return `${formatBytes(Math.round(bytesPerSecond))}/s`
}

/** `Read 12 MiB/s, written 0 B/s, 250 operations a second of 0.8 ms` */
export function ioPointWords({ io }: ActivityPointView): string {
  if (io === null) return 'Not known'
  const rate = io.operations_per_second
  const each = io.response_ms === null ? '' : ` of ${milliseconds(io.response_ms)}`
  const count = `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} operations a second${each}`
  return `Read ${rateWords(io.read_bytes_per_second)}, written ${rateWords(io.written_bytes_per_second)}, ${count}`
}

/** As a spreadsheet takes it; what is not known is empty. */
export function csvOfActivity(points: readonly ActivityPointView[]): CsvValue[][] {
  return [
    [
      ...['Time', 'Answered in (ms)', 'At most (ms)', 'Read (bytes/s)', 'Written (bytes/s)'],
      ...['Operations a second', 'Each (ms)'],
    ],
    ...points.map(({ at, latency_ms: latency, io }) => [
      at,
      latency?.mean ?? null,
      latency?.most ?? null,
      io?.read_bytes_per_second ?? null,
      io?.written_bytes_per_second ?? null,
      io?.operations_per_second ?? null,
      io?.response_ms ?? null,
    ]),
  ]
}
