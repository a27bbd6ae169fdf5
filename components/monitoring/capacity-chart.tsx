'use client'

import { useMemo } from 'react'
import { areaPath, byteTicks, linePath, type Scale, scaleOf, segmentsOf } from '@/components/monitoring/chart-scale'
import { TimeChart } from '@/components/monitoring/time-chart'
import { spaceOf, usedPercent } from '@/lib/fullness'
import type { CapacityHistoryView, CapacityPointView } from '@/lib/monitoring/schema'
import { formatBytes } from '@/lib/units'

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
    <>
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

/** Used and total over time. `toMs`: the right edge. */
export function CapacityChart({ history, toMs, label }: { history: CapacityHistoryView; toMs: number; label: string }) {
  const scale = useMemo(() => scaleOf(history, toMs), [history, toMs])
  return (
    <TimeChart
      points={history.points}
      range={history.range}
      scale={scale}
      ticks={byteTicks(scale.top)}
      tickWords={formatBytes}
      label={label}
      words={pointWords}
      mark={(point) => point.used_bytes}
      legend={<Key />}
    >
      <Lines history={history} scale={scale} />
    </TimeChart>
  )
}
