'use client'

import { rateWords } from '@/components/monitoring/activity/activity-words'
import { milliseconds } from '@/components/mounts/detail/activity-words'
import { useTimes } from '@/components/ui/times'
import type { ActivityPointView } from '@/lib/monitoring/activity/schema'

const HEADS = ['Answered in', 'At most', 'Read', 'Written', 'Operations/s', 'Each']

function cellsOf({ latency_ms: latency, io }: ActivityPointView): (string | null)[] {
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
  const { exact } = useTimes()
  return (
    // Scrolls, so that it can be reached by keyboard too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus
    <section aria-label={label} tabIndex={0} className="max-h-70 overflow-auto rounded-sm">
      <table className="w-full text-13">
        <thead className="sticky top-0 bg-surface text-12 text-muted">
          <tr>
            <th scope="col" className="py-1.5 pr-4 text-left font-medium">
              Time
            </th>
            {HEADS.map((head) => (
              <th key={head} scope="col" className="py-1.5 pl-4 text-right font-medium">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map((point) => {
            const cells = cellsOf(point)
            return (
              <tr key={point.at} className="border-line border-t">
                <th scope="row" className="tabular whitespace-nowrap py-1 pr-4 text-left font-normal">
                  {exact(point.at)}
                </th>
                {HEADS.map((head, at) => (
                  <td key={head} className="tabular whitespace-nowrap py-1 pl-4 text-right">
                    {cells[at] ?? <span className="text-faint">unknown</span>}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}
