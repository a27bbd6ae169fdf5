import { expect, it } from 'vitest'
import { availabilityOf, budgetLeft, budgetSeconds, dayOf, firstDay, HEALTH, sharesOf } from '@/lib/availability/days'

const at = (text: string) => new Date(`2026-11-${text}Z`)

it('gives each day its share of a stretch', () => {
  const first = dayOf(at('28T00:00:00'))
  expect(sharesOf(HEALTH.failing, at('28T23:59:00'), at('30T00:00:30'))).toEqual([
    { day: first, wellSeconds: 0, failingSeconds: 60 },
    { day: first + 1, wellSeconds: 0, failingSeconds: 86_400 },
    { day: first + 2, wellSeconds: 0, failingSeconds: 30 },
  ])
  expect(sharesOf(HEALTH.well, at('28T10:00:00'), at('28T10:00:01'))).toEqual([
    { day: first, wellSeconds: 1, failingSeconds: 0 },
  ])
})

it('counts nothing of what is not known, nor where a clock went back', () => {
  expect(sharesOf(HEALTH.unknown, at('28T10:00:00'), at('29T10:00:00'))).toEqual([])
  expect(sharesOf(HEALTH.well, at('29T10:00:00'), at('28T10:00:00'))).toEqual([])
})

it('counts thirty days, today included', () => {
  expect(dayOf(at('30T12:00:00')) - firstDay(at('30T12:00:00'))).toBe(29)
})

it.each([
  [99.9, 1, 0, 100],
  [99.9, 1, 2_592, 0],
  [99.9, 2, 2_592, 50],
  [99, 1, 51_840, -100],
  [100, 1, 0, null],
  [100, 1, 1, -100],
])(
  'says of an objective of %d %% on %d hosts after %d s how much is left: %s %%',
  (objective, hosts, failing, left) => {
    const found = budgetLeft(failing, budgetSeconds(objective, hosts))
    if (left === null) expect(found).toBeNull()
    else expect(found).toBeCloseTo(left, 6)
  },
)

it('tells the availability of what is known alone', () => {
  expect(availabilityOf({ wellSeconds: 999, failingSeconds: 1, outages: 1 })).toBeCloseTo(99.9)
  expect(availabilityOf({ wellSeconds: 0, failingSeconds: 0, outages: 0 })).toBeNull()
})
