import { expect, it } from 'vitest'
import {
  cachePointWords,
  csvOfActivity,
  ioPointWords,
  latencyPointWords,
  waitingPointWords,
} from '@/components/monitoring/activity/activity-words'

const at = '2026-11-30T12:00:00.000Z'
const io = {
  read_bytes_per_second: 12_582_912,
  written_bytes_per_second: 0,
  operations_per_second: 250.4,
  response_ms: 0.84,
}

it('says what a point says, and that nothing is known where nothing is', () => {
  const point = { at, latency_ms: { mean: 3.24, most: 1_540 }, io, uploads: null }
  expect(latencyPointWords(point)).toBe('Answered in 3.2 ms, at most 1.5 s')
  expect(ioPointWords(point)).toBe('Read 12.0 MiB/s, written 0 B/s, 250 operations a second of 0.8 ms')
  const unknown = { at, latency_ms: null, io: null, uploads: null }
  expect([latencyPointWords(unknown), ioPointWords(unknown)]).toEqual(['Nobody looked', 'Not known'])
  expect(csvOfActivity([unknown])[1]).toEqual([at, ...Array(9).fill(null)])
  const uploads = { waiting_files: 12, waiting_bytes: null, cache_bytes: 4_509_715_660 }
  const waiting = { ...unknown, uploads }
  expect([waitingPointWords(waiting), cachePointWords(waiting)]).toEqual([
    'At most 12 files waited',
    'At most 4.20 GiB in the cache',
  ])
  const one = { ...unknown, uploads: { waiting_files: 1, waiting_bytes: 5_242_880, cache_bytes: null } }
  expect([waitingPointWords(one), cachePointWords(one)]).toEqual(['At most 1 file waited, 5.00 MiB', 'Not known'])
  const none = { ...unknown, uploads: { ...uploads, waiting_files: 0 } }
  expect([waitingPointWords(none), waitingPointWords(unknown)]).toEqual(['No file waited', 'Not known'])
  expect(csvOfActivity([waiting])[1]?.slice(-3)).toEqual([12, null, 4_509_715_660])
})
