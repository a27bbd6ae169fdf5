import fc from 'fast-check'
import { expect, it } from 'vitest'
import { forecast, HORIZON_DAYS, LEAST_DAYS, type Level } from '@/lib/monitoring/forecast'
import { DAY_MS } from '@/lib/monitoring/steps'

const GIB = 2 ** 30
const START = Date.parse('2026-11-01T00:00:00Z')

const days = fc.integer({ min: LEAST_DAYS, max: 40 })
const growth = fc.integer({ min: 1, max: 500 }).map((n) => n * GIB)

const line = (count: number, perDay: number): Level[] =>
  Array.from({ length: count }, (_, day) => ({ atMs: START + day * DAY_MS, usedBytes: 1_000_000 * GIB + day * perDay }))
const roomAfter = (levels: readonly Level[], availableBytes: number) => ({
  atMs: levels.at(-1)?.atMs ?? START,
  availableBytes,
})
/** Each level moved by up to so many bytes. */
const shaken = (levels: readonly Level[], by: readonly number[]) =>
  levels.map((level, at) => ({ ...level, usedBytes: level.usedBytes + (by[at] ?? 0) }))
const noise = (bytes: number) => fc.array(fc.integer({ min: -bytes, max: bytes }), { minLength: 40, maxLength: 40 })

it('names the day of a straight line, and no other', () => {
  fc.assert(
    fc.property(days, growth, fc.integer({ min: 1, max: HORIZON_DAYS - 1 }), (count, perDay, left) => {
      const levels = line(count, perDay)
      const room = roomAfter(levels, left * perDay)
      const found = forecast(levels, room)
      expect(found?.growthBytesPerDay).toBeCloseTo(perDay, -4)
      for (const at of Object.values(found?.full ?? { none: 0 }))
        expect(Math.abs(at - (room.atMs + left * DAY_MS))).toBeLessThan(60_000)
    }),
  )
})

it('is silent without enough days, and names no date for what does not grow, shrinks, or takes longer than anybody can know', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: LEAST_DAYS - 1 }), growth, (count, perDay) => {
      expect(forecast(line(count, perDay), { atMs: START, availableBytes: GIB })).toBeNull()
    }),
  )
  fc.assert(
    fc.property(days, fc.integer({ min: -500, max: 0 }), (count, perDay) => {
      const levels = line(count, perDay * GIB)
      expect(forecast(levels, roomAfter(levels, GIB))?.full).toBeNull()
    }),
  )
  const levels = line(30, GIB)
  expect(forecast(levels, roomAfter(levels, (HORIZON_DAYS + 1) * GIB))?.full).toBeNull()
  expect(forecast(levels, roomAfter(levels, 0))?.full?.atMs).toBe(levels.at(-1)?.atMs)
})

it('names no date for what only goes up and down', () => {
  const swinging = Array.from({ length: 30 }, (_, day) => ({
    atMs: START + day * DAY_MS,
    usedBytes: (500 + 100 * Math.sin(day * 2.4)) * GIB,
  }))
  expect(forecast(swinging, roomAfter(swinging, 400 * GIB))?.full).toBeNull()
})

it('keeps the date between its earliest and its latest, all of them in the future, whatever the noise', () => {
  fc.assert(
    fc.property(days, growth, noise(20 * GIB), (count, perDay, by) => {
      const levels = shaken(line(count, perDay), by)
      const room = roomAfter(levels, 1_000 * GIB)
      const full = forecast(levels, room)?.full
      if (!full) return
      expect(full.earliestMs).toBeGreaterThan(room.atMs)
      expect(full.earliestMs).toBeLessThanOrEqual(full.atMs)
      expect(full.atMs).toBeLessThanOrEqual(full.latestMs)
    }),
  )
})

it('is not moved by a quarter of days on which somebody had put something huge there', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 27 }), { maxLength: 7 }), growth, (odd, perDay) => {
      const levels = line(28, perDay)
      const by = levels.map((_, day) => (odd.includes(day) ? 100_000 * GIB : 0))
      const found = forecast(shaken(levels, by), roomAfter(levels, 100 * perDay))
      expect(found?.growthBytesPerDay).toBeCloseTo(perDay, -4)
    }),
  )
})

it('counts in any unit and from any day alike', () => {
  fc.assert(
    fc.property(
      days,
      growth,
      noise(GIB),
      fc.integer({ min: 2, max: 9 }),
      fc.integer({ min: -900, max: 900 }),
      (count, perDay, by, times, later) => {
        const levels = shaken(line(count, perDay), by)
        const room = roomAfter(levels, 50 * perDay)
        const found = forecast(levels, room)
        const scaled = levels.map(({ atMs, usedBytes }) => ({ atMs, usedBytes: usedBytes * times }))
        const inUnits = forecast(scaled, { ...room, availableBytes: room.availableBytes * times })
        const moved = levels.map(({ atMs, usedBytes }) => ({ atMs: atMs + later * DAY_MS, usedBytes }))
        const onDay = forecast(moved, { ...room, atMs: room.atMs + later * DAY_MS })
        expect(inUnits?.full === null).toBe(found?.full === null)
        expect(onDay?.full === null).toBe(found?.full === null)
        if (!found?.full) return
        expect(Math.abs((inUnits?.full?.atMs ?? 0) - found.full.atMs)).toBeLessThan(60_000)
        expect(Math.abs((onDay?.full?.atMs ?? 0) - later * DAY_MS - found.full.atMs)).toBeLessThan(60_000)
      },
    ),
  )
})

it('goes by what would be different as if it had always been so', () => {
  fc.assert(
    fc.property(
      days,
      growth,
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 0, max: 400 }),
      (count, perDay, left, more) => {
        const levels = line(count, perDay)
        const room = roomAfter(levels, left * GIB)
        const steeper = forecast(levels, room, { size: 0, used: 0, perDay: more * GIB })
        expect(steeper?.growthBytesPerDay).toBeCloseTo(perDay + more * GIB, -4)
        const larger = forecast(levels, room, { size: more * GIB, used: 0, perDay: 0 })
        expect(larger).toEqual(forecast(levels, roomAfter(levels, (left + more) * GIB)))
        // As much more room as is put in changes nothing.
        expect(forecast(levels, room, { size: more * GIB, used: more * GIB, perDay: 0 })).toEqual(
          forecast(levels, room),
        )
      },
    ),
  )
  const levels = line(10, GIB)
  const room = roomAfter(levels, 100 * GIB)
  expect(forecast(levels, room, { size: 0, used: 0, perDay: -2 * GIB })?.full).toBeNull()
  expect(forecast(levels, room, { size: 0, used: 200 * GIB, perDay: 0 })?.full?.atMs).toBe(room.atMs)
})
