import { expect, test } from 'vitest'
import { forecastWords, whatIfWords } from '@/components/monitoring/forecast-words'

const NOW = Date.parse('2026-11-30T12:00:00Z')
const GIB = 2 ** 30
const date = (iso: string) => iso.slice(0, 10)
const on = (day: string | null) => (day === null ? null : `${day}T12:00:00.000Z`)

const words = (growth: number, full: string | null = null, earliest = full, latest = full) =>
  forecastWords(
    {
      forecast: {
        growth_bytes_per_day: growth,
        full_at: on(full),
        earliest_full_at: on(earliest),
        latest_full_at: on(latest),
      },
      isFull: false,
    },
    NOW,
    date,
  )

test('a date comes with its band and what it follows from', () => {
  expect(words(3 * GIB, '2026-12-10', '2026-12-05', '2026-12-20')).toEqual({
    text: 'Full on about 2026-12-10, in 10 days, between 2026-12-05 and 2026-12-20. About 3.00 GiB more are used each day.',
    isSoon: true,
  })
  expect(words(3 * GIB, '2027-03-01')).toEqual({
    text: 'Full on about 2027-03-01, in 91 days. About 3.00 GiB more are used each day.',
    isSoon: false,
  })
  expect(words(GIB, '2026-11-30').text).toContain('Full on about 2026-11-30, in 1 day.')
})

test('what nobody can know is not said', () => {
  const none = 'No date can be told at which it would be full.'
  const silent = (isFull: boolean) => forecastWords({ forecast: null, isFull }, NOW, date)
  expect(silent(true)).toEqual({ text: 'It is full.', isSoon: true })
  expect(silent(false).text).toBe('When it will be full is said from 7 days of history on.')
  expect(words(-2 * GIB).text).toBe(`About 2.00 GiB less are used each day. ${none}`)
  expect(words(5).text).toBe(`It hardly changes from day to day. ${none}`)
  expect(words(GIB).text).toBe(`About 1.00 GiB more are used each day. ${none}`)
})

test.each([
  [
    90 * GIB,
    '2027-02-28',
    '2027-01-09',
    '90.0 GiB would be free. Full on about 2027-01-09, in 40 days. About 1.00 GiB more are used each day. That is 50 days earlier than as it goes.',
  ],
  [
    90 * GIB,
    '2027-01-08',
    '2027-01-09',
    '90.0 GiB would be free. Full on about 2027-01-09, in 40 days. About 1.00 GiB more are used each day. That is 1 day later than as it goes.',
  ],
  [
    90 * GIB,
    null,
    '2027-01-09',
    '90.0 GiB would be free. Full on about 2027-01-09, in 40 days. About 1.00 GiB more are used each day.',
  ],
  [-GIB, '2027-02-28', '2026-11-30', 'That would not fit: 1.00 GiB are missing.'],
  [null, null, null, 'How much is left is not known, so nothing can be said.'],
])('with %s bytes left, full on %s as it goes and on %s then, a change is told of', (left, before, then, text) => {
  const forecastOf = (day: string | null) => ({
    growth_bytes_per_day: GIB,
    full_at: on(day),
    earliest_full_at: on(day),
    latest_full_at: on(day),
  })
  const view = { host: null, available_bytes: left, as_it_goes: forecastOf(before), with_change: forecastOf(then) }
  expect(whatIfWords(view, NOW, date).text).toBe(text)
})
