import type { ForecastView, WhatIfView } from '@/lib/monitoring/schema'
import { formatBytes } from '@/lib/units'

const DAY_MS = 86_400_000
/** From so many days on, a date is nothing that anybody has to think of now. */
const SOON_DAYS = 30
/** Less than this a day is nothing. */
const LEAST_GROWTH = 1024 ** 2

export interface ForecastWords {
  text: string
  /** Is it full so soon that somebody has to do something? */
  isSoon: boolean
}

/** When it is full, in a sentence. `dateOf`: as the person reads dates. */
export function forecastWords(
  { forecast, isFull }: { forecast: ForecastView | null; isFull: boolean },
  nowMs: number,
  dateOf: (iso: string) => string,
): ForecastWords {
  if (isFull)
    return { text: `It is full.${forecast ? ` ${growthWords(forecast.growth_bytes_per_day)}` : ''}`, isSoon: true }
  if (forecast === null) return { text: 'When it will be full is said from 7 days of history on.', isSoon: false }
  const { growth_bytes_per_day: growth, full_at, earliest_full_at, latest_full_at } = forecast
  if (full_at === null || earliest_full_at === null || latest_full_at === null)
    return { text: `${growthWords(growth)} No date can be told at which it would be full.`, isSoon: false }
  const days = Math.max(1, Math.ceil((Date.parse(full_at) - nowMs) / DAY_MS))
  const [first, last] = [dateOf(earliest_full_at), dateOf(latest_full_at)]
  const band = first === last ? '' : `, between ${first} and ${last}`
  const text = `Full on about ${dateOf(full_at)}, in ${days} ${days === 1 ? 'day' : 'days'}${band}. ${growthWords(growth)}`
  return { text, isSoon: days < SOON_DAYS }
}

/** What would come of a change, in sentences. */
export function whatIfWords(view: WhatIfView, nowMs: number, dateOf: (iso: string) => string): ForecastWords {
  const { available_bytes: left, as_it_goes: before, with_change: after } = view
  if (left === null) return { text: 'How much is left is not known, so nothing can be said.', isSoon: false }
  if (left < 0) return { text: `That would not fit: ${formatBytes(-left)} are missing.`, isSoon: true }
  const { text, isSoon } = forecastWords({ forecast: after, isFull: left === 0 }, nowMs, dateOf)
  return { text: `${formatBytes(left)} would be free. ${text}${shiftWords(before, after)}`, isSoon }
}

/** ` That is 12 days later than as it goes.` */
function shiftWords(before: ForecastView | null, after: ForecastView | null): string {
  if (!before?.full_at || !after?.full_at) return ''
  const days = Math.round((Date.parse(after.full_at) - Date.parse(before.full_at)) / DAY_MS)
  if (days === 0) return ''
  const [count, word] = [Math.abs(days), days > 0 ? 'later' : 'earlier']
  return ` That is ${count} ${count === 1 ? 'day' : 'days'} ${word} than as it goes.`
}

function growthWords(bytesPerDay: number): string {
  if (Math.abs(bytesPerDay) < LEAST_GROWTH) return 'It hardly changes from day to day.'
  return bytesPerDay > 0
    ? `About ${formatBytes(bytesPerDay)} more are used each day.`
    : `About ${formatBytes(-bytesPerDay)} less are used each day.`
}
