import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { exactTime, isZone, partsOf } from '@/components/ui/exact-time'
import { describeSince, RelativeTime, SinceTime } from '@/components/ui/relative-time'
import { TimesProvider } from '@/components/ui/times'

test.each([
  ['2026-11-29T12:10:33.123Z', 'UTC', '2026-11-29 12:10:33 UTC'],
  ['2026-11-29T12:10:33.123Z', 'Europe/Berlin', '2026-11-29 13:10:33 +01:00'],
  ['2026-07-01T00:30:00.000Z', 'Europe/Berlin', '2026-07-01 02:30:00 +02:00'],
  ['2026-11-29T23:30:00.000Z', 'Asia/Kolkata', '2026-11-30 05:00:00 +05:30'],
  ['2026-01-01T00:00:00.000Z', 'America/New_York', '2025-12-31 19:00:00 -05:00'],
  ['2026-07-01T00:00:00.000Z', 'Europe/London', '2026-07-01 01:00:00 +01:00'],
  ['2026-11-29T00:00:00.000Z', 'Europe/London', '2026-11-29 00:00:00 UTC'],
])('%s in %s is %s', (iso, zone, words) => {
  expect(exactTime(iso, zone)).toBe(words)
})

test('a log has milliseconds', () => {
  expect(partsOf('2026-11-29T12:10:33.007Z', 'Asia/Tokyo')).toEqual({
    date: '2026-11-29',
    clock: '21:10:33',
    millis: '007',
    offset: '+09:00',
  })
})

test('a zone that does not exist is none', () => {
  expect(['UTC', 'Europe/Berlin', 'Mars/Olympus', ''].map(isZone)).toEqual([true, true, false, false])
})

function drawn(style: 'relative' | 'absolute'): string {
  return renderToStaticMarkup(
    <TimesProvider initial={{ zone: 'Europe/Berlin', style }}>
      <RelativeTime at="2020-01-01T12:00:00.000Z" />
    </TimesProvider>,
  )
}

test('a time is relative with the exact one on hover, or the other way round for who wants it so', () => {
  expect(drawn('relative')).toMatch(/title="2020-01-01 13:00:00 \+01:00">\d y ago</)
  expect(drawn('absolute')).toMatch(/title="\d y ago">2020-01-01 13:00:00 \+01:00</)
})

test.each([
  [0, 'just now'],
  [4 * 60, 'for 4 min'],
  [3 * 3600, 'for 3 h'],
])('what is so since %i s is so %s', (seconds, words) => {
  expect(describeSince('2026-11-29T12:00:00.000Z', Date.parse('2026-11-29T12:00:00.000Z') + seconds * 1000)).toBe(words)
})

test('how long something is so, or since when for who wants exact times', () => {
  const drawnSince = (style: 'relative' | 'absolute') =>
    renderToStaticMarkup(
      <TimesProvider initial={{ zone: 'Europe/Berlin', style }}>
        <SinceTime at="2020-01-01T12:00:00.000Z" />
      </TimesProvider>,
    )
  expect(drawnSince('relative')).toMatch(/title="2020-01-01 13:00:00 \+01:00">for \d y</)
  expect(drawnSince('absolute')).toMatch(/title="for \d y">since 2020-01-01 13:00:00 \+01:00</)
})
