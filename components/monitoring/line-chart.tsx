'use client'

import { useMemo } from 'react'
import {
  areaPath,
  linePath,
  numberTicks,
  scaleUpTo,
  segmentsOf,
  type Timed,
  yOf,
} from '@/components/monitoring/chart-scale'
import { TimeChart } from '@/components/monitoring/time-chart'
import type { MetricsRange } from '@/lib/monitoring/ranges'

interface Props<P extends Timed> {
  points: readonly P[]
  range: MetricsRange
  /** Length of the stretch of a point. */
  stepSeconds: number
  /** The right edge. */
  toMs: number
  /** What a screen reader calls it. */
  label: string
  /** Null: it is not known there, and no line is drawn. */
  figureOf(point: P): number | null
  words(point: P): string
  tickWords(figure: number): string
  ticksOf?: (top: number) => number[]
  /** The upper edge is at least so high: what hovers around nothing looks like nothing. */
  least: number
  /** What the figure must not exceed, drawn as a line of its own. */
  limit?: number | null
}

/** One figure over time. */
export function LineChart<P extends Timed>({
  points,
  range,
  stepSeconds,
  toMs,
  figureOf,
  least,
  limit,
  ...props
}: Props<P>) {
  const { label, words, tickWords, ticksOf = numberTicks } = props
  const known = useMemo(() => points.filter((point) => figureOf(point) !== null), [points, figureOf])
  const scale = useMemo(() => {
    const highest = known.reduce((most, point) => Math.max(most, figureOf(point) ?? 0), Math.max(least, limit ?? 0))
    return scaleUpTo(highest, range, toMs)
  }, [known, figureOf, least, limit, range, toMs])
  const segments = useMemo(() => segmentsOf(known, stepSeconds), [known, stepSeconds])
  const hasLimit = limit !== undefined && limit !== null
  return (
    <TimeChart
      points={points}
      range={range}
      scale={scale}
      ticks={ticksOf(scale.top)}
      tickWords={tickWords}
      label={label}
      words={words}
      mark={figureOf}
      legend={
        hasLimit && (
          <span aria-hidden className="flex items-center gap-1.5 text-12 text-muted">
            <span className="w-4 border-control border-t-2 border-dashed" /> Limit
          </span>
        )
      }
    >
      <path
        d={areaPath(
          segments,
          () => 0,
          (point) => figureOf(point) ?? 0,
          scale,
        )}
        className="fill-fill/12"
      />
      {hasLimit && (
        <path
          d={`M0 ${(1 - yOf(limit, scale)) * 1_000}h1000`}
          className="stroke-control [stroke-dasharray:5_4]"
          strokeWidth={1.5}
          vectorEffect="non-scaling-stroke"
          fill="none"
        />
      )}
      <path
        d={linePath(segments, figureOf, scale)}
        className="stroke-fill"
        strokeWidth={2}
        strokeLinecap="round"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
        fill="none"
      />
    </TimeChart>
  )
}
