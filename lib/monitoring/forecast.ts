import { DAY_MS } from '@/lib/monitoring/steps'

/** How much was used at a moment. */
export interface Level {
  atMs: number
  usedBytes: number
}

/** What is there now. */
export interface Room {
  atMs: number
  availableBytes: number
}

export interface Forecast {
  growthBytesPerDay: number
  /** Null: it does not grow for certain, or not within `HORIZON_DAYS`. */
  full: { atMs: number; earliestMs: number; latestMs: number } | null
}

/** What may be different from how it went, in bytes; less than 0 takes away. */
export interface WhatIf {
  /** Of the storage. */
  size: number
  /** Put in at once. */
  used: number
  /** Put in each day, beside what it grows by already. */
  perDay: number
}

export const AS_IT_GOES: WhatIf = { size: 0, used: 0, perDay: 0 }

/** With fewer days nobody can tell a trend from a Monday. */
export const LEAST_DAYS = 7
/** Later than that, the disks are others. */
export const HORIZON_DAYS = 5 * 365
/** Of the normal distribution: the slope lies in the band 9 times in 10. */
const Z = 1.645

/** What can still be written then; less than 0: it would not fit. */
export function roomLeft({ availableBytes }: Pick<Room, 'availableBytes'>, { size, used }: WhatIf): number {
  return availableBytes + size - used
}

/**
 * When it is full, from one level a day. The growth is the median of the slopes between all pairs of days (Theil and Sen), which up to
 * 29 % of days that are out of line, such as a copy that somebody made and deleted, do not move; the band are the slopes that Sen's
 * interval ends at (Sen 1968, JASA 63, 1379). Silent, that is null, without enough days; and it names no date where the band has
 * no growth in it.
 */
export function forecast(levels: readonly Level[], room: Room, whatIf = AS_IT_GOES): Forecast | null {
  const slopes = slopesOf(levels).map((slope) => slope + whatIf.perDay / DAY_MS)
  const left = roomLeft(room, whatIf)
  if (levels.length < LEAST_DAYS || slopes.length === 0) return null
  const [slowest, fastest] = bandOf(slopes, levels.length)
  const growth = medianOf(slopes)
  const growthBytesPerDay = growth * DAY_MS
  if (left <= 0) {
    const { atMs } = room
    return { growthBytesPerDay, full: { atMs, earliestMs: atMs, latestMs: atMs } }
  }
  const whenAt = (slope: number) => room.atMs + left / slope
  if (slowest <= 0 || whenAt(growth) > room.atMs + HORIZON_DAYS * DAY_MS) return { growthBytesPerDay, full: null }
  return {
    growthBytesPerDay,
    full: { atMs: whenAt(growth), earliestMs: whenAt(fastest), latestMs: whenAt(slowest) },
  }
}

/** Between all pairs, in bytes a millisecond, in order. */
function slopesOf(levels: readonly Level[]): number[] {
  return levels
    .flatMap((one, at) =>
      levels
        .slice(at + 1)
        .flatMap((other) =>
          other.atMs === one.atMs ? [] : [(other.usedBytes - one.usedBytes) / (other.atMs - one.atMs)],
        ),
    )
    .toSorted((a, b) => a - b)
}

function medianOf(sorted: readonly number[]): number {
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
}

/** The ends of Sen's interval, by the variance of Kendall's S. */
function bandOf(sorted: readonly number[], n: number): [number, number] {
  const spread = Z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)
  const last = sorted.length - 1
  const low = Math.max(0, Math.floor((sorted.length - spread) / 2))
  const high = Math.min(last, Math.ceil((sorted.length + spread) / 2))
  return [sorted[low] ?? 0, sorted[high] ?? 0]
}
