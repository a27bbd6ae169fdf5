import { expect, it } from 'vitest'
import { keptOf } from '@/lib/snapshots/keep'
import type { Keep } from '@/lib/snapshots/schema'

const at = (time: string, hasClones = false) => ({ id: time, createdAt: new Date(time), hasClones })
const NONE: Keep = { last: 1, daily: 0, weekly: 0, monthly: 0 }
const HOUR_MS = 3_600_000

it('keeps the last ones, and what something was cloned from', () => {
  const taken = [at('2026-11-01T00:00:00Z', true), at('2026-11-03T00:00:00Z'), at('2026-11-02T00:00:00Z')]
  expect([...keptOf(taken, { ...NONE, last: 2 }, 'UTC')]).toEqual([
    ['2026-11-03T00:00:00Z', ['last']],
    ['2026-11-02T00:00:00Z', ['last']],
    ['2026-11-01T00:00:00Z', ['clone']],
  ])
})

it('keeps the newest of each day, week and month, as the clock of the time zone has them', () => {
  const taken = [
    at('2026-11-30T22:30:00Z'), // Monday 23:30 in Vienna
    at('2026-11-29T23:30:00Z'), // Monday 00:30
    at('2026-11-29T22:30:00Z'), // Sunday 23:30
    at('2026-11-23T12:00:00Z'), // Monday of the week before
    at('2026-10-31T23:30:00Z'), // November in Vienna
    at('2026-10-31T22:30:00Z'),
  ]
  const kept = keptOf(taken, { last: 1, daily: 2, weekly: 2, monthly: 2 }, 'Europe/Vienna')
  expect(Object.fromEntries(kept)).toEqual({
    '2026-11-30T22:30:00Z': ['last', 'daily', 'weekly', 'monthly'],
    '2026-11-29T22:30:00Z': ['daily', 'weekly'],
    '2026-10-31T22:30:00Z': ['monthly'],
  })
})

it('ends at as many as it may keep, however long it goes on', () => {
  const start = Date.parse('2024-01-01T00:00:00Z')
  let there = [] as ReturnType<typeof at>[]
  for (let hour = 0; hour < 24 * 300; hour += 12) {
    there.push(at(new Date(start + hour * HOUR_MS).toISOString()))
    const kept = keptOf(there, { last: 4, daily: 7, weekly: 4, monthly: 6 }, 'UTC')
    there = there.filter(({ id }) => kept.has(id))
  }
  expect(there.length).toBeLessThanOrEqual(4 + 7 + 4 + 6)
  // It ends in the first days of February; the newest of September is still there, so none was taken away too early.
  const ages = there.map(({ createdAt }) => start + 24 * 300 * HOUR_MS - createdAt.getTime())
  expect(Math.max(...ages)).toBeGreaterThan(120 * 24 * HOUR_MS)
})
