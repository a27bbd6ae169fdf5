import { expect, it } from 'vitest'
import { ioWords, latencyWords } from '@/components/mounts/detail/activity-words'

const IO = { readBytesPerSecond: 1_048_576, writtenBytesPerSecond: 0, operationsPerSecond: 250.4, responseMs: 0.84 }

it('says how fast a storage answers, and nothing where nobody looked', () => {
  const latencyMs = { mean: 3.24, most: 1_540 }
  expect(latencyWords({ seconds: 300, latencyMs, io: null })).toBe('Answers in 3.2 ms, at most 1.5 s.')
  expect(latencyWords({ seconds: 300, latencyMs: null, io: null })).toBeNull()
})

it('says what was read and written, and whose it is', () => {
  const words = (io: Parameters<typeof ioWords>[0]['io']) => ioWords({ seconds: 300, latencyMs: null, io })
  expect(words({ of: 'mount', ...IO })).toBe('Reads 1.00 MiB/s, writes 0 B/s, 250 operations a second of 0.8 ms.')
  expect(words({ of: 'disk', ...IO, operationsPerSecond: 0, responseMs: null })).toBe(
    'The disk that it lies on: reads 1.00 MiB/s, writes 0 B/s, 0.0 operations a second.',
  )
  expect(words(null)).toBeNull()
})
