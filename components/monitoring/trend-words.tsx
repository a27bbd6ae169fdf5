'use client'

import { cn } from '@/components/ui/cn'
import { partsOf } from '@/components/ui/exact-time'
import { useNow } from '@/components/ui/relative-time'
import { useTimes } from '@/components/ui/times'
import { formatBytes } from '@/lib/units'

const DAY_MS = 86_400_000
/** From so many days on, a date is nothing that anybody has to think of now. */
const SOON_DAYS = 30
const YEAR_DAYS = 365
/** Less than this a day is nothing. */
const LEAST_GROWTH = 1024 ** 2

/** `in 12 days`, `in 14 months`; a forecast is known no better than that. */
export function untilWords(iso: string, nowMs: number): string {
  const days = Math.max(0, Math.ceil((Date.parse(iso) - nowMs) / DAY_MS))
  if (days === 0) return 'now'
  if (days === 1) return 'in 1 day'
  if (days < 90) return `in ${days} days`
  return days < 2 * YEAR_DAYS
    ? `in ${Math.round(days / (YEAR_DAYS / 12))} months`
    : `in ${Math.round(days / YEAR_DAYS)} years`
}

/** `+12.0 GiB a day`, `steady`; null is not known. */
export function growthWords(bytesPerDay: number | null): string {
  if (bytesPerDay === null) return 'unknown'
  if (Math.abs(bytesPerDay) < LEAST_GROWTH) return 'steady'
  return `${bytesPerDay > 0 ? '+' : '−'}${formatBytes(Math.abs(bytesPerDay))} a day`
}

/** When something is full by the forecast, with the date on hover; the other way round for who wants it so. */
export function FullTime({ at, className }: { at: string; className?: string }) {
  const now = useNow()
  const { style, zone } = useTimes()
  const isSoon = Date.parse(at) - now < SOON_DAYS * DAY_MS
  const words = [untilWords(at, now), partsOf(at, zone).date]
  const [shown, aside] = style === 'relative' ? words : words.toReversed()
  return (
    <time
      dateTime={at}
      title={aside}
      suppressHydrationWarning
      className={cn('tabular whitespace-nowrap', isSoon && 'font-medium text-warning', className)}
    >
      {shown}
    </time>
  )
}
