'use client'

import { type KeyboardEvent, type PointerEvent, type ReactNode, useState } from 'react'
import { nearestTo, type Scale, type Timed, timeTicks, xOf, yOf } from '@/components/monitoring/chart-scale'
import { cn } from '@/components/ui/cn'
import { partsOf } from '@/components/ui/exact-time'
import { useTimes } from '@/components/ui/times'
import type { MetricsRange } from '@/lib/monitoring/ranges'

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`
}

export interface TimeChartProps<P extends Timed> {
  points: readonly P[]
  range: MetricsRange
  scale: Scale
  /** Figures with a line and a label. */
  ticks: readonly number[]
  tickWords(figure: number): string
  /** What a screen reader calls it. */
  label: string
  /** A point in words. */
  words(point: P): string
  /** Where the chosen point is marked; null: it is not known there. */
  mark(point: P): number | null
  /** Which line is what. */
  legend: ReactNode
  /** Paths in a box of 1,000 by 1,000. */
  children: ReactNode
}

function Grid({ scale, ticks, children }: { scale: Scale; ticks: readonly number[]; children: ReactNode }) {
  return (
    <svg
      aria-hidden
      viewBox="0 0 1000 1000"
      preserveAspectRatio="none"
      className="absolute inset-0 size-full overflow-visible"
    >
      {ticks.map((figure) => {
        const y = (1 - yOf(figure, scale)) * 1_000
        return (
          <path key={figure} d={`M0 ${y}h1000`} className="stroke-line" vectorEffect="non-scaling-stroke" fill="none" />
        )
      })}
      {children}
    </svg>
  )
}

function Labels({
  range,
  scale,
  ticks,
  tickWords,
}: Pick<TimeChartProps<Timed>, 'range' | 'scale' | 'ticks' | 'tickWords'>) {
  const { zone } = useTimes()
  const labelOf = (iso: string) => {
    const { date, clock } = partsOf(iso, zone)
    if (range === '24h') return clock.slice(0, 5)
    return range === '1y' ? date.slice(0, 7) : date.slice(5)
  }
  return (
    <>
      {ticks.map((figure) => (
        <span
          key={figure}
          aria-hidden
          className="tabular -translate-y-1/2 absolute right-full mr-2 whitespace-nowrap text-12 text-muted"
          style={{ bottom: `calc(${percent(yOf(figure, scale))} - 16px)` }}
        >
          {tickWords(figure)}
        </span>
      ))}
      {timeTicks(range, scale).map((iso, at) => (
        <span
          key={iso}
          aria-hidden
          className={cn(
            'tabular -translate-x-1/2 absolute top-full mt-1 whitespace-nowrap text-12 text-muted',
            at % 2 === 1 && 'max-sm:hidden',
          )}
          style={{ left: percent(xOf(iso, scale)) }}
        >
          {labelOf(iso)}
        </span>
      ))}
    </>
  )
}

function Marker({ at, figure, scale }: { at: string; figure: number | null; scale: Scale }) {
  const left = percent(xOf(at, scale))
  return (
    <>
      <span aria-hidden className="absolute inset-y-0 w-px bg-control" style={{ left }} />
      {figure !== null && (
        <span
          aria-hidden
          className="-translate-x-1/2 absolute size-2.5 translate-y-1/2 rounded-full border-2 border-surface bg-fill"
          style={{ left, bottom: percent(yOf(figure, scale)) }}
        />
      )}
    </>
  )
}

const MOVES: Record<string, (at: number, last: number) => number> = {
  ArrowLeft: (at) => at - 1,
  ArrowDown: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  ArrowUp: (at) => at + 1,
  PageDown: (at) => at - 12,
  PageUp: (at) => at + 12,
  Home: () => 0,
  End: (_, last) => last,
}

/** Figures over time. The pointer, or the arrow keys, choose a point; what it says stands above. */
export function TimeChart<P extends Timed>({
  points,
  range,
  scale,
  ticks,
  tickWords,
  label,
  words,
  mark,
  legend,
  children,
}: TimeChartProps<P>) {
  const { exact } = useTimes()
  const [chosenAt, setChosenAt] = useState<string | null>(null)
  const last = points.length - 1
  const chosen = points.findIndex(({ at }) => at === chosenAt)
  const at = chosen === -1 ? last : chosen
  const point = points[at]
  const choose = (next: number) => setChosenAt(points[Math.min(last, Math.max(0, next))]?.at ?? null)

  function onKeyDown(event: KeyboardEvent) {
    const move = MOVES[event.key]
    if (move === undefined) return
    event.preventDefault()
    choose(move(at, last))
  }
  function onPointerMove(event: PointerEvent<HTMLDivElement>) {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    choose(nearestTo(points, scale.fromMs + ((event.clientX - left) / width) * (scale.toMs - scale.fromMs)))
  }

  if (point === undefined) return null
  return (
    <div>
      <div className="mb-3 flex min-h-10 flex-wrap items-start justify-between gap-x-4 gap-y-1">
        <p className="text-13">
          <span className="tabular font-medium">{words(point)}</span>{' '}
          <span className="tabular text-muted">{exact(point.at)}</span>
        </p>
        {legend}
      </div>
      <div className="pr-3 pb-6 pl-18">
        <div
          role="slider"
          tabIndex={0}
          aria-label={label}
          aria-orientation="horizontal"
          aria-valuemin={0}
          aria-valuemax={last}
          aria-valuenow={at}
          aria-valuetext={`${exact(point.at)}: ${words(point)}`}
          onKeyDown={onKeyDown}
          onPointerMove={onPointerMove}
          onPointerDown={onPointerMove}
          onPointerLeave={() => setChosenAt(null)}
          className="relative h-44 touch-pan-y rounded-sm outline-offset-4"
        >
          <Labels range={range} scale={scale} ticks={ticks} tickWords={tickWords} />
          <Grid scale={scale} ticks={ticks}>
            {children}
          </Grid>
          <Marker at={point.at} figure={mark(point)} scale={scale} />
        </div>
      </div>
    </div>
  )
}
