import { expect, it } from 'vitest'
import { csvOfActivity, ioPointWords, latencyPointWords } from '@/components/monitoring/activity/activity-words'

const at = '2026-11-30T12:00:00.000Z'
const io = {
  read_bytes_per_second: 12_582_912,
  written_bytes_per_second: 0,
  operations_per_second: 250.4,
  response_ms: 0.84,
}

it('says what a point says, and that nothing is known where nothing is', () => {
  const point = { at, latency_ms: { mean: 3.24, most: 1_540 }, io }
  expect(latencyPointWords(point)).toBe('Answered in 3.2 ms, at most 1.5 s')
  expect(ioPointWords(point)).toBe('Read 12.0 MiB/s, written 0 B/s, 250 operations a second of 0.8 ms')
  const unknown = { at, latency_ms: null, io: null }
  expect([latencyPointWords(unknown), ioPointWords(unknown)]).toEqual(['Nobody looked', 'Not known'])
  expect(csvOfActivity([unknown])[1]).toEqual([at, null, null, null, null, null, null])
})
