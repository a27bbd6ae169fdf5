import type { MountOnHostView } from '@/lib/mounts/schema'
import { formatBytes } from '@/lib/units'

type Activity = NonNullable<NonNullable<MountOnHostView['usage']>['activity']>

/** `0.4 ms`, `12 ms`, `1.5 s` */
export function milliseconds(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

/** How fast the storage answered of late, in a sentence; null: nobody looked. */
export function latencyWords({ latencyMs }: Activity): string | null {
  return latencyMs && `Answers in ${milliseconds(latencyMs.mean)}, at most ${milliseconds(latencyMs.most)}.`
}

/** What was read and written of late, in a sentence; null where the kernel does not count it. */
export function ioWords({ io }: Activity): string | null {
  if (io === null) return null
  const { of, readBytesPerSecond, writtenBytesPerSecond, operationsPerSecond, responseMs } = io
  const where = of === 'disk' ? 'The disk that it lies on: reads' : 'Reads'
  const each = responseMs === null ? '' : ` of ${milliseconds(responseMs)}`
  const bytes = (rate: number) => `${formatBytes(Math.round(rate))}/s`
  const count = operationsPerSecond < 10 ? operationsPerSecond.toFixed(1) : Math.round(operationsPerSecond)
  return `${where} ${bytes(readBytesPerSecond)}, writes ${bytes(writtenBytesPerSecond)}, ${count} operations a second${each}.`
}
