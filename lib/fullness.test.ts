import { expect, test } from 'vitest'
import { compareFullness, isNearlyFull, usedPercent } from '@/lib/fullness'

test.each([
  ['nothing', 0, 100, 100, 0],
  ['hardly anything', 1, 1000, 999, 1],
  ['about half, rounded', 505, 1000, 495, 51],
  ['nearly all', 9999, 10_000, 1, 99],
  ['all', 100, 100, 0, 100],
  ['with blocks kept for root, as df counts', 52, 252, 50, 51],
  ['all but the blocks kept for root', 95, 100, 0, 100],
  ['with no word on what is free', 505, 1000, null, 51],
  ['no room for anybody yet', 0, 100, 0, 0],
])('%s: %d of %d with %s free is %d %%', (_, used, total, available, percent) => {
  expect(usedPercent({ used, total, available })).toBe(percent)
})

test('what has no size has no percentage, and is not full', () => {
  for (const space of [
    { used: null, total: 100, available: 5 },
    { used: 1, total: null, available: 5 },
    { used: 1, total: 0, available: 5 },
  ]) {
    expect(usedPercent(space)).toBeNull()
    expect(isNearlyFull(space)).toBe(false)
  }
})

test('the threshold is held to the percentage that is shown', () => {
  expect(isNearlyFull({ used: 895, total: 1000, available: 105 })).toBe(true)
  expect(isNearlyFull({ used: 894, total: 1000, available: 106 })).toBe(false)
  expect(isNearlyFull({ used: 81, total: 100, available: 9 })).toBe(true)
})

test('the fullest comes first, whatever its size, and the unknown last', () => {
  const [unknown, large, small] = [
    { used: null, total: null, available: null },
    { used: 500, total: 1000, available: 500 },
    { used: 9, total: 10, available: 1 },
  ]
  expect([unknown, large, small].toSorted(compareFullness)).toEqual([small, large, unknown])
})
