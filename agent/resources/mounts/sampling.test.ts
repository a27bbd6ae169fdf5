import { expect, it } from 'vitest'
import { measureAgainMs } from './sampling'

const used = (usedBytes: number | null, more = {}) => ({ totalBytes: 100, usedBytes, availableBytes: null, ...more })

it.each([
  ['nothing is known', null, 5],
  ['there is room', used(84), 5],
  ['it is nearly full', used(85), 1],
  // As df counts: what is kept for root is not free.
  ['little of the rest is free', used(80, { availableBytes: 14 }), 1],
  ['its size is not known', used(99, { totalBytes: null }), 5],
  ['how much is used is not known', used(null), 5],
  ['it runs out of inodes', used(1, { inodes: { total: 1_000, used: 850 } }), 1],
  ['it has inodes', used(1, { inodes: { total: 1_000, used: 840 } }), 5],
])('measures again when %s', (_name, usage, minutes) => {
  expect(measureAgainMs(usage)).toBe(minutes * 60_000)
})
