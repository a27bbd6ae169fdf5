import { expect, test } from 'vitest'
import type { MaintenanceTiming } from '@/lib/maintenance/schema'
import { activeUntil, nextStart } from '@/lib/maintenance/timing'

const at = (text: string) => new Date(text)
const once: MaintenanceTiming = { repeat: 'once', from: '2026-11-30T22:00:00Z', until: '2026-12-01T02:00:00Z' }
/** Sunday evening in Vienna, over midnight. */
const weekly: MaintenanceTiming = {
  repeat: 'weekly',
  on: ['sunday'],
  at: '23:00',
  minutes: 180,
  time_zone: 'Europe/Vienna',
}
const always: MaintenanceTiming = { ...weekly, on: ['sunday', 'monday'], at: '00:00', minutes: 1440 }

test.each<[string, MaintenanceTiming, string, string | null]>([
  ['its first moment is inside', once, '2026-11-30T22:00:00Z', '2026-12-01T02:00:00Z'],
  ['the one before is not', once, '2026-11-30T21:59:59Z', null],
  ['its last one is not', once, '2026-12-01T02:00:00Z', null],
  ['a weekly one begins by its own clock', weekly, '2026-11-29T22:00:00Z', '2026-11-30T01:00:00Z'],
  ['and not by ours', weekly, '2026-11-29T21:59:59Z', null],
  ['it goes over midnight', weekly, '2026-11-30T00:59:59Z', '2026-11-30T01:00:00Z'],
  ['and is over then', weekly, '2026-11-30T01:00:00Z', null],
  ['in summer it is an hour earlier', weekly, '2026-07-05T21:00:00Z', '2026-07-06T00:00:00Z'],
  ['it lasts as long in the night that has an hour less', weekly, '2026-03-28T23:30:00Z', null],
  ['days in a row go over into each other', always, '2026-11-29T23:00:00Z', '2026-11-30T23:00:00Z'],
])('%s', (_name, timing, now, until) => {
  expect(activeUntil(timing, at(now))?.toISOString()).toBe(until?.replace('Z', '.000Z'))
})

test('says when it begins next, and nothing of what does not come back', () => {
  expect(nextStart(once, at('2026-11-30T20:00:00Z'))).toEqual(at(once.from))
  expect(nextStart(once, at('2026-11-30T23:00:00Z'))).toBeNull()
  expect(nextStart(weekly, at('2026-11-29T22:30:00Z'))).toEqual(at('2026-12-06T22:00:00Z'))
})
