'use client'

import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type TrendsOf, trendList } from '@/components/monitoring/monitoring-queries'
import { Sparkline } from '@/components/monitoring/sparkline'
import { FullTime, growthWords } from '@/components/monitoring/trend-words'
import { Capacity } from '@/components/ui/bytes'
import type { Column } from '@/components/ui/table/table-model'
import { spaceOf } from '@/lib/fullness'
import type { TrendView } from '@/lib/monitoring/schema'

/** By the id of what a line is about; undefined until they are read. */
export type Trends = ReadonlyMap<string, TrendView> | undefined

/** One request for all lines of a list. It comes after the list: no page waits for its lines. */
export function useTrends(of: TrendsOf): Trends {
  const { data } = useQuery(trendList(of))
  return useMemo(
    () => data && new Map(data.data.map((trend) => [of === 'per=host' ? (trend.host?.id ?? '') : trend.id, trend])),
    [data, of],
  )
}

const GROWTH_AND_FULL = [
  { id: 'full', header: 'Full', width: 'w-40' },
  { id: 'growth', header: 'Growth', width: 'w-32' },
] as const

function When({ trend }: { trend: TrendView }) {
  if (trend.available_bytes === 0) return <span className="font-medium text-critical">is full</span>
  return trend.full_at === null ? <span className="text-faint">no date</span> : <FullTime at={trend.full_at} />
}

/** When it is full, with the line of the last 30 days; and how fast it grows. Both can be sorted by. */
export function trendColumns<Row>(
  trends: Trends,
  trendOf: (row: Row) => TrendView | undefined,
  { isExtra = false }: { isExtra?: boolean } = {},
): Column<Row>[] {
  const [full, growth] = GROWTH_AND_FULL
  const unknown = trends === undefined ? null : <span className="text-faint">–</span>
  return [
    {
      ...full,
      ...(isExtra ? { isExtra } : { from: 'wide' }),
      sort: (row) => trendOf(row)?.full_at ?? null,
      cell: (row) => {
        const trend = trendOf(row)
        if (trend === undefined) return unknown
        return (
          <span className="inline-flex items-center gap-2.5">
            <Sparkline percents={trend.used_percent} className="w-12" />
            <When trend={trend} />
          </span>
        )
      },
    },
    {
      ...growth,
      isExtra: true,
      card: 'fact',
      align: 'right',
      sort: (row) => trendOf(row)?.growth_bytes_per_day ?? null,
      cell: (row) => {
        const trend = trendOf(row)
        return trend === undefined ? unknown : growthWords(trend.growth_bytes_per_day)
      },
    },
  ]
}

/** For lists whose lines have no figures of their own. */
export function roomColumn<Row>(trendOf: (row: Row) => TrendView | undefined): Column<Row> {
  return {
    id: 'used',
    header: 'Used',
    isExtra: true,
    width: 'w-52',
    sort: (row) => trendOf(row)?.used_bytes ?? null,
    cell: (row) => {
      const trend = trendOf(row)
      if (trend === undefined) return <span className="text-faint">unknown</span>
      return (
        <span title={trend.host === null ? undefined : `${trend.name} on ${trend.host.name}`}>
          <Capacity space={spaceOf(trend)} className="max-md:w-44" />
        </span>
      )
    },
  }
}
