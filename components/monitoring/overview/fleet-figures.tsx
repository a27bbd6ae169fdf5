'use client'

import { FullTime, growthWords } from '@/components/monitoring/trend-words'
import { Figure } from '@/components/overview/figure'
import { spaceOf, usedPercent } from '@/lib/fullness'
import type { MonitoringOverview } from '@/lib/monitoring/schema'
import { formatBytes } from '@/lib/units'

function noteOfUnmeasured(count: number): string {
  if (count === 0) return 'all backends were measured'
  return count === 1 ? '1 backend was not measured' : `${count} backends were not measured`
}

/** All storages together in four figures. */
export function FleetFigures({ overview }: { overview: MonitoringOverview }) {
  const { total_bytes: total, used_bytes: used, available_bytes: free, growth_bytes_per_day: growth } = overview
  const percent = usedPercent(spaceOf(overview))
  const [first] = overview.fills_first
  const [fastest] = overview.grows_fastest
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4 lg:gap-5">
      <Figure
        label="Used"
        value={used === null ? 'Unknown' : formatBytes(used)}
        {...(total === null ? {} : { of: `of ${formatBytes(total)}` })}
        note={percent === null ? 'nothing was measured since yesterday' : `${percent} %, each storage counted once`}
        href="/backends?sort=used.desc"
      />
      <Figure
        label="Free"
        value={free === null ? 'Unknown' : formatBytes(free)}
        note={noteOfUnmeasured(overview.unmeasured_count)}
        href="/backends"
      />
      <Figure
        label="Growth"
        value={growth === null ? 'Unknown' : growthWords(growth).replace(/ a day$/, '')}
        {...(growth === null || growthWords(growth) === 'steady' ? {} : { of: 'a day' })}
        note={fastest === undefined ? 'nothing grows' : `most of all ${fastest.name}`}
        href={fastest === undefined ? '/backends' : `/${fastest.noun}s/${fastest.id}`}
      />
      <Figure
        label="Full first"
        value={first?.full_at ? <FullTime at={first.full_at} className="font-medium" /> : '–'}
        note={first === undefined ? 'nothing fills up for certain' : first.name}
        href={first === undefined ? '/backends' : `/${first.noun}s/${first.id}`}
      />
    </div>
  )
}
