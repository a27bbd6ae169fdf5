'use client'

import { useMemo } from 'react'
import { ioPointWords, latencyPointWords, rateWords } from '@/components/monitoring/activity/activity-words'
import { areaPath, byteTicks, linePath, numberTicks, scaleUpTo, segmentsOf } from '@/components/monitoring/chart-scale'
import { TimeChart } from '@/components/monitoring/time-chart'
import { milliseconds } from '@/components/mounts/detail/activity-words'
import type { ActivityHistoryView, ActivityPointView } from '@/lib/monitoring/activity/schema'

interface ChartProps {
  history: ActivityHistoryView
  toMs: number
  label: string
}

const LINE = {
  strokeWidth: 2,
  strokeLinecap: 'round',
  strokeLinejoin: 'round',
  vectorEffect: 'non-scaling-stroke',
  fill: 'none',
} as const

function Key({ lines }: { lines: readonly (readonly [sample: string, word: string])[] }) {
  return (
    <span aria-hidden className="flex items-center gap-3 text-12 text-muted">
      {lines.map(([sample, word]) => (
        <span key={word} className="flex items-center gap-1.5">
          <span className={sample} /> {word}
        </span>
      ))}
    </span>
  )
}

/** Ticks are round: without `.0`. */
function tickWords(ms: number): string {
  return milliseconds(ms).replace('.0 ', ' ')
}

function mostLatency({ latency_ms: latency }: ActivityPointView): number {
  return latency?.most ?? 0
}

/** How long looks at the storage took: the mean as a line, and up to the longest as a surface. */
export function LatencyChart({ history, toMs, label }: ChartProps) {
  const { points, range, step_seconds: step } = history
  const scale = useMemo(() => scaleUpTo(Math.max(1, ...points.map(mostLatency)), range, toMs), [points, range, toMs])
  const segments = useMemo(
    () =>
      segmentsOf(
        points.filter((point) => point.latency_ms !== null),
        step,
      ),
    [points, step],
  )
  const mean = (point: ActivityPointView) => point.latency_ms?.mean ?? null
  return (
    <TimeChart
      points={points}
      range={range}
      scale={scale}
      ticks={numberTicks(scale.top)}
      tickWords={tickWords}
      label={label}
      words={latencyPointWords}
      mark={mean}
      legend={
        <Key
          lines={[
            ['h-0.5 w-4 rounded-full bg-fill', 'Mean'],
            ['size-3 rounded-sm bg-fill/25', 'At most'],
          ]}
        />
      }
    >
      <path d={areaPath(segments, (point) => mean(point) ?? 0, mostLatency, scale)} className="fill-fill/25" />
      <path d={linePath(segments, mean, scale)} className="stroke-fill" {...LINE} />
    </TimeChart>
  )
}

/** What was read and written, in bytes a second. */
export function ThroughputChart({ history, toMs, label }: ChartProps) {
  const { points, range, step_seconds: step } = history
  const scale = useMemo(() => {
    const rates = points.flatMap(({ io }) => (io ? [io.read_bytes_per_second, io.written_bytes_per_second] : []))
    return scaleUpTo(Math.max(1_024, ...rates), range, toMs)
  }, [points, range, toMs])
  const segments = useMemo(
    () =>
      segmentsOf(
        points.filter(({ io }) => io !== null),
        step,
      ),
    [points, step],
  )
  const read = ({ io }: ActivityPointView) => io?.read_bytes_per_second ?? null
  const written = ({ io }: ActivityPointView) => io?.written_bytes_per_second ?? null
  return (
    <TimeChart
      points={points}
      range={range}
      scale={scale}
      ticks={byteTicks(scale.top)}
      tickWords={rateWords}
      label={label}
      words={ioPointWords}
      mark={read}
      legend={
        <Key
          lines={[
            ['h-0.5 w-4 rounded-full bg-fill', 'Read'],
            ['w-4 border-control border-t-2 border-dashed', 'Written'],
          ]}
        />
      }
    >
      <path
        d={areaPath(
          segments,
          () => 0,
          (point) => read(point) ?? 0,
          scale,
        )}
        className="fill-fill/12"
      />
      <path d={linePath(segments, written, scale)} className="stroke-control [stroke-dasharray:5_4]" {...LINE} />
      <path d={linePath(segments, read, scale)} className="stroke-fill" {...LINE} />
    </TimeChart>
  )
}
