'use client'

import { CapacityHistory } from '@/components/monitoring/lazy-capacity-history'
import { useTrends } from '@/components/monitoring/trend-columns'

/** How full the storage was that the host has for itself, of several the one that is full first. Nothing where it has none. */
export function HostCapacity({ id }: { id: string }) {
  const trend = useTrends('per=host')?.get(id)
  if (trend === undefined) return null
  return (
    <CapacityHistory
      key={trend.id}
      noun={trend.noun}
      id={trend.id}
      name={trend.name}
      title={`Capacity of ${trend.name} over time`}
      onlyHostId={id}
    />
  )
}
