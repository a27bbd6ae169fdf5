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

/** Files that waited; null: nobody told. */
export function waitingOf({ uploads }: ActivityPointView): number | null {
  return uploads?.waiting_files ?? null
}

export function cacheOf({ uploads }: ActivityPointView): number | null {
  return uploads?.cache_bytes ?? null
}

/** `At most 12 files waited, 80 MiB` */
export function waitingPointWords({ uploads }: ActivityPointView): string {
  if (uploads === null) return 'Not known'
  const { waiting_files: files, waiting_bytes: bytes } = uploads
  if (files === 0) return 'No file waited'
  return `At most ${files === 1 ? '1 file' : `${files} files`} waited${bytes === null ? '' : `, ${formatBytes(bytes)}`}`
}

/** `At most 4.2 GiB in the cache` */
export function cachePointWords(point: ActivityPointView): string {
  const bytes = cacheOf(point)
  return bytes === null ? 'Not known' : `At most ${formatBytes(bytes)} in the cache`
}

/** As a spreadsheet takes it; what is not known is empty. */
export function csvOfActivity(points: readonly ActivityPointView[]): CsvValue[][] {
  return [
    [
      ...['Time', 'Answered in (ms)', 'At most (ms)', 'Read (bytes/s)', 'Written (bytes/s)'],
      ...['Operations a second', 'Each (ms)', 'Files waiting', 'Waiting (bytes)', 'In the cache (bytes)'],
    ],
    ...points.map(({ at, latency_ms: latency, io, uploads }) => [
      at,
      latency?.mean ?? null,
      latency?.most ?? null,
      io?.read_bytes_per_second ?? null,
      io?.written_bytes_per_second ?? null,
      io?.operations_per_second ?? null,
      io?.response_ms ?? null,
      uploads?.waiting_files ?? null,
      uploads?.waiting_bytes ?? null,
      uploads?.cache_bytes ?? null,
    ]),
  ]
}
