import type { MetricsRange } from '@/lib/monitoring/ranges'
import type { CapacityHistoryView } from '@/lib/monitoring/schema'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** How much time a chart shows, and after how much of it there is a label. */
const SPANS: Record<MetricsRange, { spanMs: number; labelMs: number }> = {
  '24h': { spanMs: DAY_MS, labelMs: 4 * HOUR_MS },
  '7d': { spanMs: 7 * DAY_MS, labelMs: DAY_MS },
  '90d': { spanMs: 90 * DAY_MS, labelMs: 15 * DAY_MS },
  '1y': { spanMs: 365 * DAY_MS, labelMs: 60 * DAY_MS },
}

export interface Scale {
  fromMs: number
  toMs: number
  /** The figure at the upper edge. */
  top: number
}

/** Something that was so at a moment. */
export interface Timed {
  at: string
}

/** What is drawn lies between 0 and 1, from the left and from the bottom. */
export function scaleOf({ range, points }: Pick<CapacityHistoryView, 'range' | 'points'>, toMs: number): Scale {
  const highest = points.reduce((most, point) => Math.max(most, point.most_used_bytes, point.total_bytes ?? 0), 0)
  return scaleUpTo(Math.max(1, highest), range, toMs)
}

/** With a little room above the highest figure, which is more than 0. */
export function scaleUpTo(highest: number, range: MetricsRange, toMs: number): Scale {
  return { fromMs: toMs - SPANS[range].spanMs, toMs, top: highest * 1.05 }
}

export function xOf(iso: string, { fromMs, toMs }: Scale): number {
  return Math.min(1, Math.max(0, (Date.parse(iso) - fromMs) / (toMs - fromMs)))
}

export function yOf(figure: number, { top }: Scale): number {
  return figure / top
}

/** Agents measure every five minutes and a little more, or as it is set, every 15 minutes at least: 20 minutes without are a gap. */
const LONGEST_GAP_STEPS = 4

/** The points, parted where nothing was measured for a while: no line is drawn over what is not known. */
export function segmentsOf<P extends Timed>(points: readonly P[], stepSeconds: number): P[][] {
  const longestMs = LONGEST_GAP_STEPS * stepSeconds * 1_000
  const segments: P[][] = []
  let before = Number.NEGATIVE_INFINITY
  for (const point of points) {
    const at = Date.parse(point.at)
    if (at - before > longestMs) segments.push([])
    segments.at(-1)?.push(point)
    before = at
  }
  return segments
}

/** Round sizes in the units of `formatBytes`, from 0 up to what fits. */
export function byteTicks(top: number): number[] {
  return ticksIn(1024 ** Math.max(0, Math.floor(Math.log(top) / Math.log(1024))), top)
}

/** Round numbers from 0 up to what fits. */
export function numberTicks(top: number): number[] {
  return ticksIn(1, top)
}

function ticksIn(unit: number, top: number): number[] {
  const wanted = top / unit / 4
  const ten = 10 ** Math.floor(Math.log10(wanted))
  const step = unit * ten * ([1, 2, 5, 10].find((times) => times * ten >= wanted) ?? 10)
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, at) => at * step)
}

/** Moments with a label: whole hours or days of UTC. */
export function timeTicks(range: MetricsRange, { fromMs, toMs }: Scale): string[] {
  const { labelMs } = SPANS[range]
  const first = Math.ceil(fromMs / labelMs) * labelMs
  return Array.from({ length: Math.max(0, Math.floor((toMs - first) / labelMs) + 1) }, (_, at) =>
    new Date(first + at * labelMs).toISOString(),
  )
}

/** The place in the list of the point that lies nearest to a moment; -1: there is none. */
export function nearestTo(points: readonly Timed[], ms: number): number {
  let found = -1
  let least = Number.POSITIVE_INFINITY
  for (const [at, point] of points.entries()) {
    const distance = Math.abs(Date.parse(point.at) - ms)
    if (distance < least) [found, least] = [at, distance]
  }
  return found
}

/** SVG draws from the top, in thousandths. */
function place(x: number, y: number): string {
  return `${(x * 1_000).toFixed(1)} ${((1 - y) * 1_000).toFixed(1)}`
}

/** A line through one figure of the points; empty where it is not known. A single point is a dot. */
export function linePath<P extends Timed>(
  segments: readonly (readonly P[])[],
  figure: (point: P) => number | null,
  scale: Scale,
): string {
  return segments
    .flatMap((points) => {
      const known = points.flatMap((point) => {
        const value = figure(point)
        return value === null ? [] : [place(xOf(point.at, scale), yOf(value, scale))]
      })
      return known.length === 0 ? [] : [`M${known.join('L')}${known.length === 1 ? 'h0.01' : ''}`]
    })
    .join('')
}

/** The surface between two figures of the points. */
export function areaPath<P extends Timed>(
  segments: readonly (readonly P[])[],
  lower: (point: P) => number,
  upper: (point: P) => number,
  scale: Scale,
): string {
  return segments
    .filter((points) => points.length > 1)
    .map((points) => {
      const along = points.map((point) => place(xOf(point.at, scale), yOf(upper(point), scale)))
      const back = points.map((point) => place(xOf(point.at, scale), yOf(lower(point), scale))).toReversed()
      return `M${[...along, ...back].join('L')}Z`
    })
    .join('')
}
