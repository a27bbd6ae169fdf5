import { expect, it } from 'vitest'
import { Sampling } from './sampling'

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
  expect(new Sampling().againMs('bkd_1', usage)).toBe(minutes * 60_000)
})

it('goes by what the controller says, and watches what fills up as closely as ever', () => {
  const sampling = new Sampling()
  const minutes = () => ['bkd_1', 'bkd_2', 'bkd_3'].map((id) => sampling.againMs(id, used(10)) / 60_000)
  sampling.set({
    usualSeconds: 900,
    backends: new Map([
      ['bkd_2', 60],
      ['bkd_3', 30],
    ]),
  })
  expect(minutes()).toEqual([15, 1, 0.5])
  expect(sampling.againMs('bkd_1', used(90))).toBe(60_000)
  expect(sampling.againMs('bkd_3', used(90))).toBe(30_000)
  sampling.set({ usualSeconds: 300, backends: new Map() })
  expect(minutes()).toEqual([5, 5, 5])
})
