import { expect, it } from 'vitest'
import { progressWords, shareOf } from './job-words'

const MIB = 1_048_576
const bytes = { done: 128 * MIB, total: 512 * MIB, unit: 'bytes' as const, per_second: 64 * MIB, phase: 'writing' }

it.each([
  [bytes, 0.25, 'writing · 128 MiB of 512 MiB · 64.0 MiB/s · about 6 s left'],
  [{ ...bytes, per_second: null }, 0.25, 'writing · 128 MiB of 512 MiB'],
  [{ ...bytes, total: null, phase: null }, null, '128 MiB · 64.0 MiB/s'],
  [{ ...bytes, per_second: 0 }, 0.25, 'writing · 128 MiB of 512 MiB · 0 B/s'],
  [
    { done: 5, total: 8, unit: 'files' as const, per_second: 0.25, phase: null },
    0.625,
    '5 of 8 files · 0.3 files/s · about 12 s left',
  ],
  [{ ...bytes, done: 600 * MIB }, 1, 'writing · 600 MiB of 512 MiB · 64.0 MiB/s'],
  [
    { ...bytes, per_second: null, phase: null, files: { done: 1_200, total: 5_000 } },
    0.25,
    '128 MiB of 512 MiB · 1,200 of 5,000 files',
  ],
  [{ ...bytes, total: 0 }, null, 'writing · 128 MiB of 0 B · 64.0 MiB/s'],
])('%j', (progress, share, words) => {
  expect([shareOf(progress), progressWords(progress)]).toEqual([share, words])
})
