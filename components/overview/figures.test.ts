import { expect, test } from 'vitest'
import { noteOfMounts } from '@/components/overview/figures'

test.each([
  [0, 0, 0, 'nothing to mount yet'],
  [3, 3, 0, 'all are mounted'],
  [21, 11, 5, '5 differ, 5 unknown'],
  [3, 1, 1, '1 differs, 1 unknown'],
  [3, 1, 0, '2 differ from what you want'],
  [3, 2, 1, '1 is not known on every host'],
])('of %d wanted, %d healthy and %d unknown: %s', (wanted, healthy, unknown, words) => {
  expect(noteOfMounts(wanted, healthy, unknown)).toBe(words)
})
