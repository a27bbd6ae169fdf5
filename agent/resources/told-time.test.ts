import { expect, it } from 'vitest'
import { toldTime } from '@/agent/resources/told-time'

it('tells a time as it is, and one that no calendar has as its nearest end', () => {
  expect(toldTime(Date.UTC(2026, 10, 30))).toBe('2026-11-30T00:00:00.000Z')
  expect([toldTime(-1), toldTime(9e18)]).toEqual(['1970-01-01T00:00:00.000Z', '9999-12-31T00:00:00.000Z'])
})
