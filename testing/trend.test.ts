import { expect, it } from 'vitest'
import { growthOf, slopeOf } from '@/testing/trend'

const over = (figure: (hour: number) => number) =>
  Array.from({ length: 30 }, (_, at) => ({ hour: 2 + at / 2, value: figure(2 + at / 2) }))

it('finds what grows, whatever a collection of garbage takes away once', () => {
  expect(slopeOf(over((hour) => 90 + 3 * hour))).toBeCloseTo(3)
  expect(slopeOf(over((hour) => 90 + 3 * hour - (hour === 9 ? 40 : 0)))).toBeCloseTo(3, 0)
  expect(slopeOf(over((hour) => (hour % 1 === 0 ? 90 : 91)))).toBe(0)
})

it('finds what is more at the end than at the beginning', () => {
  expect(growthOf(over(() => 25))).toBe(0)
  expect(growthOf(over((hour) => (hour > 9 ? 27 : 25)))).toBe(2)
  expect(growthOf(over((hour) => (hour === 9 ? 80 : 25)))).toBe(0)
})
