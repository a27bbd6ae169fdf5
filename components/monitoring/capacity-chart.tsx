'use client'

import { type KeyboardEvent, type PointerEvent, useMemo, useState } from 'react'
import {
  areaPath,
  byteTicks,
  linePath,
  nearestTo,
  type Scale,
  scaleOf,
  segmentsOf,
  timeTicks,
  xOf,
  yOf,
} from '@/components/monitoring/chart-scale'
import { cn } from '@/components/ui/cn'
import { partsOf } from '@/components/ui/exact-time'
import { useTimes } from '@/components/ui/times'
import { spaceOf, usedPercent } from '@/lib/fullness'
import type { CapacityHistoryView, CapacityPointView } from '@/lib/monitoring/schema'
import { formatBytes } from '@/lib/units'

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`
}

/** `510 GiB of 1.00 TiB used, 51 %` */
export function pointWords(point: CapacityPointView): string {
  const used = usedPercent(spaceOf(point))
  const of = point.total_bytes === null ? '' : ` of ${formatBytes(point.total_bytes)}`
  const [least, most] = [formatBytes(point.least_used_bytes), formatBytes(point.most_used_bytes)]
  const between = least === most ? '' : `, from ${least} to ${most}`
  return `${formatBytes(point.used_bytes)}${of} used${used === null ? '' : `, ${used} %`}${between}`
}

/** Lines, and the surface below that of what is used. Colours and the kinds of line say what is what. */
function Lines({ history, scale }: { history: CapacityHistoryView; scale: Scale }) {
  const segments = useMemo(() => segmentsOf(history.points, history.step_seconds), [history])
  return (
    <svg
      aria-hidden
      viewBox="0 0 1000 1000"
      preserveAspectRatio="none"
      className="absolute inset-0 size-full overflow-visible"
    >
      {byteTicks(scale.top).map((bytes) => {
        const y = (1 - yOf(bytes, scale)) * 1_000
        return (
          <path key={bytes} d={`M0 ${y}h1000`} className="stroke-line" vectorEffect="non-scaling-stroke" fill="none" />
        )
      })}
      <path
        d={areaPath(
          segments,
          () => 0,
          (point) => point.used_bytes,
          scale,
        )}
        className="fill-fill/12"
      />
      <path
        d={areaPath(
          segments,
          (point) => point.least_used_bytes,
          (point) => point.most_used_bytes,
          scale,
        )}
        className="fill-fill/25"
      />
      <path
        d={linePath(segments, (point) => point.total_bytes, scale)}
        className="stroke-control [stroke-dasharray:5_4]"
        strokeWidth={1.5}
        vectorEffect="non-scaling-stroke"
        fill="none"
      />
      <path
        d={linePath(segments, (point) => point.used_bytes, scale)}
        className="stroke-fill"
        strokeWidth={2}
        strokeLinecap="round"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
        fill="none"
      />
    </svg>
  )
}

function Labels({ history, scale }: { history: CapacityHistoryView; scale: Scale }) {
  const { zone } = useTimes()
  const labelOf = (iso: string) => {
    const { date, clock } = partsOf(iso, zone)
    if (history.range === '24h') return clock.slice(0, 5)
    return history.range === '1y' ? date.slice(0, 7) : date.slice(5)
  }
  return (
    <>
      {byteTicks(scale.top).map((bytes) => (
        <span
          key={bytes}
          aria-hidden
          className="tabular -translate-y-1/2 absolute right-full mr-2 whitespace-nowrap text-12 text-muted"
          style={{ bottom: `calc(${percent(yOf(bytes, scale))} - 16px)` }}
        >
          {formatBytes(bytes)}
        </span>
      ))}
      {timeTicks(history.range, scale).map((iso, at) => (
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

function Marker({ point, scale }: { point: CapacityPointView; scale: Scale }) {
  const left = percent(xOf(point.at, scale))
  return (
    <>
      <span aria-hidden className="absolute inset-y-0 w-px bg-control" style={{ left }} />
      <span
        aria-hidden
        className="-translate-x-1/2 absolute size-2.5 translate-y-1/2 rounded-full border-2 border-surface bg-fill"
        style={{ left, bottom: percent(yOf(point.used_bytes, scale)) }}
      />
    </>
  )
}

function Key() {
  return (
    <span aria-hidden className="flex items-center gap-3 text-12 text-muted">
      <span className="flex items-center gap-1.5">
        <span className="h-0.5 w-4 rounded-full bg-fill" /> Used
      </span>
      <span className="flex items-center gap-1.5">
        <span className="w-4 border-control border-t-2 border-dashed" /> Total
      </span>
    </span>
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

/** Used and total over time. The pointer, or the arrow keys, choose a point; its figures stand above. `toMs`: the right edge. */
export function CapacityChart({ history, toMs, label }: { history: CapacityHistoryView; toMs: number; label: string }) {
  const { exact } = useTimes()
  const { points } = history
  const [chosenAt, setChosenAt] = useState<string | null>(null)
  const scale = useMemo(() => scaleOf(history, toMs), [history, toMs])
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
          <span className="tabular font-medium">{pointWords(point)}</span>{' '}
          <span className="tabular text-muted">{exact(point.at)}</span>
        </p>
        <Key />
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
          aria-valuetext={`${exact(point.at)}: ${pointWords(point)}`}
          onKeyDown={onKeyDown}
          onPointerMove={onPointerMove}
          onPointerDown={onPointerMove}
          onPointerLeave={() => setChosenAt(null)}
          className="relative h-44 touch-pan-y rounded-sm outline-offset-4"
        >
          <Labels history={history} scale={scale} />
          <Lines history={history} scale={scale} />
          <Marker point={point} scale={scale} />
        </div>
      </div>
    </div>
  )
}
