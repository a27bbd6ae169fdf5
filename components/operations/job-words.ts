import type { JobView } from '@/lib/operations/schema'
import { formatBytes, formatDuration } from '@/lib/units'

type Progress = NonNullable<JobView['progress']>

const COUNT = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 })

function amount(value: number, unit: Progress['unit']): string {
  return unit === 'bytes' ? formatBytes(value) : COUNT.format(value)
}

/** Between 0 and 1; null while it is not known how much there is. */
export function shareOf({ done, total }: Progress): number | null {
  return total === null || total <= 0 ? null : Math.min(1, done / total)
}

/** How far a job is: how much of how much, how fast, and how long it will take at that rate. */
export function progressWords(progress: Progress): string {
  const { done, total, unit, per_second: rate, phase, files } = progress
  const noun = unit === 'bytes' ? '' : ` ${unit}`
  const of = total === null ? '' : ` of ${amount(total, unit)}`
  const left = total === null || rate === null || rate <= 0 ? null : ((total - done) * 1_000) / rate
  return [
    phase,
    `${amount(done, unit)}${of}${noun}`,
    files === undefined
      ? null
      : `${COUNT.format(files.done)}${files.total === null ? '' : ` of ${COUNT.format(files.total)}`} files`,
    rate === null ? null : `${amount(rate, unit)}${noun}/s`,
    left === null || left < 1_000 ? null : `about ${formatDuration(left)} left`,
  ]
    .filter((part) => part !== null)
    .join(' · ')
}
