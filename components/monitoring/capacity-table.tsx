'use client'

import { Bytes } from '@/components/ui/bytes'
import type { CsvValue } from '@/components/ui/table/csv'
import { useTimes } from '@/components/ui/times'
import { inodePercent } from '@/lib/fullness'
import type { CapacityPointView } from '@/lib/monitoring/schema'

/** As a spreadsheet takes it: bytes, and times in ISO 8601. */
export function csvOfPoints(points: readonly CapacityPointView[]): CsvValue[][] {
  return [
    ['Time', 'Used', 'Least used', 'Most used', 'Free', 'Total', 'Metadata used (%)', 'Inodes used', 'Inodes'],
    ...points.map((point) => [
      point.at,
      point.used_bytes,
      point.least_used_bytes,
      point.most_used_bytes,
      point.available_bytes,
      point.total_bytes,
      point.metadata_percent,
      point.used_inodes,
      point.total_inodes,
    ]),
  ]
}

function inodesIn({ total_inodes, used_inodes }: CapacityPointView): string {
  const percent = inodePercent({ totalInodes: total_inodes, usedInodes: used_inodes })
  return percent === null ? 'unknown' : `${percent} %`
}

/** The points of the chart in figures, the newest first. */
export function CapacityTable({ points, label }: { points: readonly CapacityPointView[]; label: string }) {
  const { exact } = useTimes()
  const hasMetadata = points.some((point) => point.metadata_percent !== null)
  const hasInodes = points.some((point) => point.total_inodes !== null)
  const heads = [
    ...['Used', 'Least', 'Most', 'Free', 'Total'],
    ...(hasMetadata ? ['Metadata'] : []),
    ...(hasInodes ? ['Inodes'] : []),
  ]
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
            {heads.map((head) => (
              <th key={head} scope="col" className="py-1.5 pl-4 text-right font-medium">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map((point) => (
            <tr key={point.at} className="border-line border-t">
              <th scope="row" className="tabular whitespace-nowrap py-1 pr-4 text-left font-normal">
                {exact(point.at)}
              </th>
              {[
                ['used', point.used_bytes],
                ['least', point.least_used_bytes],
                ['most', point.most_used_bytes],
                ['free', point.available_bytes],
                ['total', point.total_bytes],
              ].map(([name, bytes]) => (
                <td key={name} className="py-1 pl-4 text-right">
                  <Bytes value={bytes as number | null} />
                </td>
              ))}
              {hasMetadata && (
                <td className="tabular py-1 pl-4 text-right">
                  {point.metadata_percent === null ? 'unknown' : `${point.metadata_percent.toFixed(1)} %`}
                </td>
              )}
              {hasInodes && <td className="tabular py-1 pl-4 text-right">{inodesIn(point)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
