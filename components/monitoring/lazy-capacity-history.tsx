'use client'

import dynamic from 'next/dynamic'
import { Panel, Skeleton } from '@/components/ui/feedback'

function Waiting() {
  return (
    <Panel title="Capacity over time">
      <Skeleton className="h-60" />
    </Panel>
  )
}

/** Comes after the page: no page waits for its chart. */
export const CapacityHistory = dynamic(
  () => import('@/components/monitoring/capacity-history').then((found) => found.CapacityHistory),
  { ssr: false, loading: Waiting },
)
