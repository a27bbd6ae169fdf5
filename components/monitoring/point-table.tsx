'use client'

import type { ReactNode } from 'react'
import { useTimes } from '@/components/ui/times'

/** The points of a chart in figures, the newest first. `cellsOf`: one for each of the heads. */
export function PointTable<Point extends { at: string }>({
  points,
  label,
  heads,
  cellsOf,
}: {
  points: readonly Point[]
  label: string
  heads: readonly string[]
  cellsOf: (point: Point) => readonly ReactNode[]
}) {
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
            {heads.map((head) => (
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
                {heads.map((head, at) => (
                  <td key={head} className="tabular whitespace-nowrap py-1 pl-4 text-right">
                    {cells[at]}
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
