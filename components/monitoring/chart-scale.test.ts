import { expect, test } from 'vitest'
import {
  areaPath,
  byteTicks,
  linePath,
  nearestTo,
  scaleOf,
  segmentsOf,
  timeTicks,
  xOf,
  yOf,
} from '@/components/monitoring/chart-scale'
import type { CapacityPointView } from '@/lib/monitoring/schema'

const TO = Date.parse('2026-11-30T12:00:00Z')
const GIB = 2 ** 30

/** Measured so many minutes ago. */
function point(minutes: number, used: number, total: number | null = 100): CapacityPointView {
  return {
    at: new Date(TO - minutes * 60_000).toISOString(),
    total_bytes: total,
    used_bytes: used,
    available_bytes: total === null ? null : total - used,
    metadata_percent: null,
    total_inodes: null,
    used_inodes: null,
    provisioned_bytes: null,
    overcommit: null,
    least_used_bytes: used,
    most_used_bytes: used,
  }
}

test('the whole range is drawn, also where nothing was measured, up to the largest that is there', () => {
  const points = [point(720, 40), point(0, 90)]
  const scale = scaleOf({ range: '24h', points }, TO)
  expect(points.map(({ at }) => xOf(at, scale))).toEqual([0.5, 1])
  expect(yOf(100, scale)).toBeCloseTo(1 / 1.05)
  // Without a total there is still something to draw.
  expect(yOf(90, scaleOf({ range: '24h', points: [point(0, 90, null)] }, TO))).toBeCloseTo(1 / 1.05)
  expect(scaleOf({ range: '7d', points: [] }, TO)).toMatchObject({ fromMs: TO - 7 * 86_400_000 })
})

test('no line goes over what is not known', () => {
  const points = [point(60, 1), point(55, 2), point(40, 3), point(18, 4), point(13, 5)]
  const segments = segmentsOf(points, 300)
  expect(segments.map((part) => part.map(({ used_bytes }) => used_bytes))).toEqual([
    [1, 2, 3],
    [4, 5],
  ])
  const scale = scaleOf({ range: '24h', points }, TO)
  expect(linePath(segments, (one) => one.used_bytes, scale).match(/M/g)).toHaveLength(2)
  expect(linePath(segments, () => null, scale)).toBe('')
  expect(linePath([[point(720, 0)]], (one) => one.used_bytes, scale)).toBe('M500.0 1000.0h0.01')
  expect(
    areaPath(
      segments,
      () => 0,
      (one) => one.used_bytes,
      scale,
    ).match(/Z/g),
  ).toHaveLength(2)
})

test.each([
  [1.05 * 512 * GIB, [0, 200, 400].map((n) => n * GIB)],
  [1.05 * 1024 * GIB, [0, 0.5, 1].map((n) => n * 1024 * GIB)],
  [1, [0, 0.5, 1]],
  [999 * 2 ** 40, [0, 500].map((n) => n * 2 ** 40)],
])('up to %d there are round sizes', (top, ticks) => {
  expect(byteTicks(top)).toEqual(ticks)
})

test('labels stand at whole hours and days', () => {
  expect(timeTicks('24h', scaleOf({ range: '24h', points: [] }, TO + 60_000)).map((iso) => iso.slice(8, 16))).toEqual([
    '29T16:00',
    '29T20:00',
    '30T00:00',
    '30T04:00',
    '30T08:00',
    '30T12:00',
  ])
  expect(timeTicks('7d', scaleOf({ range: '7d', points: [] }, TO))).toHaveLength(7)
})

test('the nearest point is found', () => {
  const points = [point(60, 1), point(30, 2), point(0, 3)]
  expect(nearestTo(points, TO - 44 * 60_000)).toBe(1)
  expect(nearestTo(points, TO + 1)).toBe(2)
  expect(nearestTo([], TO)).toBe(-1)
})
