'use client'

import { cacheOf, rateWords, waitingOf } from '@/components/monitoring/activity/activity-words'
import { PointTable } from '@/components/monitoring/point-table'
import { milliseconds } from '@/components/mounts/detail/activity-words'
import type { ActivityPointView } from '@/lib/monitoring/activity/schema'
import { formatBytes } from '@/lib/units'

const HEADS = ['Answered in', 'At most', 'Read', 'Written', 'Operations/s', 'Each']
const UPLOAD_HEADS = ['Waiting', 'In the cache']

function uploadsOf(point: ActivityPointView): (string | null)[] {
  const [files, bytes] = [waitingOf(point), cacheOf(point)]
  return [files?.toString() ?? null, bytes === null ? null : formatBytes(bytes)]
}

function figuresOf({ latency_ms: latency, io }: ActivityPointView): (string | null)[] {
  return [
    latency && milliseconds(latency.mean),
    latency && milliseconds(latency.most),
    io && rateWords(io.read_bytes_per_second),
    io && rateWords(io.written_bytes_per_second),
    io?.operations_per_second.toFixed(1) ?? null,
    io?.response_ms == null ? null : milliseconds(io.response_ms),
  ]
}

/** The points of the charts in figures, the newest first. */
export function ActivityTable({ points, label }: { points: readonly ActivityPointView[]; label: string }) {
  const hasUploads = points.some(({ uploads }) => uploads !== null)
  const heads = hasUploads ? [...HEADS, ...UPLOAD_HEADS] : HEADS
  const cellsOf = (point: ActivityPointView) => [...figuresOf(point), ...(hasUploads ? uploadsOf(point) : [])]
  return (
    <PointTable
      points={points}
      label={label}
      heads={heads}
      cellsOf={(point) => cellsOf(point).map((figure, at) => figure ?? <UnknownFigure key={heads[at]} />)}
    />
  )
}

function UnknownFigure() {
  return <span className="text-faint">unknown</span>
}
