import { expect, test } from 'vitest'
import { percentOf } from '@/components/ui/bytes'

test.each([
  [0, 100, '0 %'],
  [1, 1000, '1 %'],
  [505, 1000, '51 %'],
  [9999, 10_000, '99 %'],
  [100, 100, '100 %'],
])('%d of %d is %s', (used, total, words) => {
  expect(percentOf(used, total)).toBe(words)
})
