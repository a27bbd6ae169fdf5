import { expect, it } from 'vitest'
import { ActivityWindow } from './activity-window'

const counters = (times: number, of: 'mount' | 'disk' = 'mount') => ({
  of,
  readBytes: 3_000 * times,
  writtenBytes: 600 * times,
  operations: 300 * times,
  waitedMs: 1_200 * times,
})
const first = { mountId: 7, atMs: 1_000, counters: counters(1) }
const later = { mountId: 7, atMs: 301_000, counters: counters(2) }

function turned(next: typeof later | { mountId: number; atMs: number; counters: null }, looks: readonly number[] = []) {
  const window = new ActivityWindow()
  window.answered(9_999)
  expect(window.turn(first)).toBeNull()
  for (const ms of looks) window.answered(ms)
  return window.turn(next)
}

it('says what happened between two measurements, and not before', () => {
  expect(turned(later, [2, 4, 12])).toEqual({
    seconds: 300,
    latencyMs: { mean: 6, most: 12 },
    io: { of: 'mount', readBytesPerSecond: 10, writtenBytesPerSecond: 2, operationsPerSecond: 1, responseMs: 4 },
  })
})

it('knows no response of what did nothing, no latency without a look, and no rate of what is not counted', () => {
  const idle = { ...later, counters: counters(1) }
  expect(turned(idle)).toMatchObject({ latencyMs: null, io: { readBytesPerSecond: 0, responseMs: null } })
  expect(turned({ ...later, counters: null }, [5])).toMatchObject({ latencyMs: { mean: 5 }, io: null })
})

it('begins anew with what is mounted anew, and with counters that went back', () => {
  expect(turned({ ...later, mountId: 8 }, [5])).toBeNull()
  expect(turned({ ...later, counters: counters(0) })?.io).toBeNull()
  expect(turned({ ...later, counters: counters(2, 'disk') })?.io).toBeNull()
})
