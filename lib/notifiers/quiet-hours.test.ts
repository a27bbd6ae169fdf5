import { expect, it } from 'vitest'
import { QuietHours, quietUntil } from '@/lib/notifiers/quiet-hours'

const night = QuietHours.parse({ from: '22:00', to: '07:00', time_zone: 'Europe/Berlin' })
const until = (at: string, hours = night) => quietUntil(hours, new Date(at))?.toISOString() ?? null

it('are those of the clock of their zone, past midnight too', () => {
  // 21:59, 22:00, 03:00, 06:59 and 07:00 in Berlin.
  expect(until('2026-11-30T20:59:00Z')).toBeNull()
  expect(until('2026-11-30T21:00:00Z')).toBe('2026-12-01T06:00:00.000Z')
  expect(until('2026-12-01T02:00:00Z')).toBe('2026-12-01T06:00:00.000Z')
  expect(until('2026-12-01T05:59:59Z')).toBe('2026-12-01T06:00:00.000Z')
  expect(until('2026-12-01T06:00:00Z')).toBeNull()
  // In summer an hour earlier, and as long as the clock says in the night in which it is set.
  expect(until('2026-07-01T04:59:00Z')).toBe('2026-07-01T05:00:00.000Z')
  expect(until('2026-10-24T21:00:00Z')).toBe('2026-10-25T06:00:00.000Z')
})

it('may lie within a day, and are refused where they are none', () => {
  const noon = QuietHours.parse({ from: '12:00', to: '13:00', time_zone: 'UTC' })
  expect(until('2026-11-30T12:30:00Z', noon)).toBe('2026-11-30T13:00:00.000Z')
  expect(until('2026-11-30T13:00:00Z', noon)).toBeNull()
  for (const bad of [{ to: '12:00' }, { time_zone: 'Mars/Base' }, { from: '24:00' }])
    expect(QuietHours.safeParse({ ...noon, ...bad }).success, JSON.stringify(bad)).toBe(false)
})
