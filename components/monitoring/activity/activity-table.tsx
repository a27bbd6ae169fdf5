'use client'

import { rateWords } from '@/components/monitoring/activity/activity-words'
import { PointTable } from '@/components/monitoring/point-table'
import { milliseconds } from '@/components/mounts/detail/activity-words'
import type { ActivityPointView } from '@/lib/monitoring/activity/schema'

const HEADS = ['Answered in', 'At most', 'Read', 'Written', 'Operations/s', 'Each']

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
  return (
    <PointTable
      points={points}
      label={label}
      heads={HEADS}
      cellsOf={(point) => figuresOf(point).map((figure, at) => figure ?? <UnknownFigure key={HEADS[at]} />)}
    />
  )
}

function UnknownFigure() {
  return <span className="text-faint">unknown</span>
}
