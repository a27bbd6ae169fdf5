'use client'

import { LineChart } from '@/components/monitoring/line-chart'
import { overcommitWords } from '@/components/pools/pool-words'
import type { CapacityHistoryView, CapacityPointView } from '@/lib/monitoring/schema'
import { formatBytes } from '@/lib/units'

function overcommitOf({ overcommit }: CapacityPointView): number | null {
  return overcommit
}

/** `1.20 TiB provisioned, 0.60× of what there is` */
export function overcommitPointWords(point: CapacityPointView): string {
  if (point.provisioned_bytes === null) return 'Not known'
  const words = overcommitWords(point)
  return `${formatBytes(point.provisioned_bytes)} provisioned${words === null ? '' : `, ${words} of what there is`}`
}

/** What was provisioned to volumes, over what there is. `limit`: how much of it may be, if that is set. */
export function OvercommitChart({
  history,
  toMs,
  label,
  limit,
}: {
  history: CapacityHistoryView
  toMs: number
  label: string
  limit: number | null
}) {
  return (
    <section aria-label="Overcommit over time">
      <h3 className="mb-2 text-12 text-muted">What was provisioned to volumes, over what there is</h3>
      <LineChart
        points={history.points}
        range={history.range}
        stepSeconds={history.step_seconds}
        toMs={toMs}
        label={label}
        figureOf={overcommitOf}
        words={overcommitPointWords}
        tickWords={(times) => `${times}×`}
        least={1}
        limit={limit}
      />
    </section>
  )
}
