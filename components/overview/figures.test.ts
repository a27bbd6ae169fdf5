import { expect, test } from 'vitest'
import { noteOfCapacity, noteOfMounts } from '@/components/overview/figures'

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

test.each([
  [0, 0, 'no backend yet'],
  [1, 0, 'on all backends'],
  [2, 0, 'a disk behind two backends counts twice'],
  [2, 1, 'size of 1 backend is unknown'],
])('of %d measured and %d unknown sizes: %s', (measured, unknown, words) => {
  expect(noteOfCapacity(measured, unknown)).toBe(words)
})
