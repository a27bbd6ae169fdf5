'use client'

import Link from 'next/link'
import type { ReactNode } from 'react'
import { TypeIcon } from '@/components/backends/backend-type'
import { useTypeTitle } from '@/components/layout/person'
import { Sparkline } from '@/components/monitoring/sparkline'
import { FullTime, growthWords } from '@/components/monitoring/trend-words'
import { spaceOf, usedPercent } from '@/lib/fullness'
import type { TrendView } from '@/lib/monitoring/schema'
import { formatBytes } from '@/lib/units'

function roomWords(trend: TrendView): string {
  const percent = usedPercent(spaceOf(trend))
  if (trend.total_bytes === null || percent === null) return `${formatBytes(trend.used_bytes)} used`
  return `${percent} % of ${formatBytes(trend.total_bytes)}`
}

function Line({ trend, main, aside }: { trend: TrendView; main: ReactNode; aside: ReactNode }) {
  const title = useTypeTitle()
  return (
    <li className="flex items-center gap-3 px-4 py-2 text-13">
      <TypeIcon type={trend.type} title={title(trend.type)} className="max-sm:hidden" />
      <div className="min-w-0 flex-1">
        <Link
          href={`/${trend.noun}s/${trend.id}`}
          prefetch={false}
          className="block truncate font-medium hover:underline"
        >
          {trend.name}
        </Link>
        <p className="tabular truncate text-12 text-muted">
          {roomWords(trend)}
          {trend.host !== null && ` on ${trend.host.name}`}
        </p>
      </div>
      <Sparkline percents={trend.used_percent} className="max-sm:w-12" />
      <div className="tabular w-28 shrink-0 text-right">
        <p className="truncate">{main}</p>
        <p className="truncate text-12 text-muted">{aside}</p>
      </div>
    </li>
  )
}

/** By the date at which it is full. */
export function FillsFirst({ trends }: { trends: readonly TrendView[] }) {
  if (trends.length === 0) {
    return (
      <p className="p-4 text-13 text-muted">
        Nothing fills up for certain. That is said of what is at least 40 % full, from 7 days of history on.
      </p>
    )
  }
  return (
    <ul className="divide-y divide-line">
      {trends.map((trend) => (
        <Line
          key={trend.id}
          trend={trend}
          main={trend.full_at === null ? '–' : <FullTime at={trend.full_at} />}
          aside={growthWords(trend.growth_bytes_per_day)}
        />
      ))}
    </ul>
  )
}

/** By how much more is used each day. */
export function GrowsFastest({ trends }: { trends: readonly TrendView[] }) {
  if (trends.length === 0) {
    return <p className="p-4 text-13 text-muted">Nothing grows. That is said from a week of history on.</p>
  }
  return (
    <ul className="divide-y divide-line">
      {trends.map((trend) => (
        <Line
          key={trend.id}
          trend={trend}
          main={growthWords(trend.growth_bytes_per_day)}
          aside={
            trend.full_at === null ? (
              'no date'
            ) : (
              <>
                full <FullTime at={trend.full_at} />
              </>
            )
          }
        />
      ))}
    </ul>
  )
}
