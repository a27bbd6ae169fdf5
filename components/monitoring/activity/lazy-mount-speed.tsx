'use client'

import dynamic from 'next/dynamic'
import { Panel, Skeleton } from '@/components/ui/feedback'

function Waiting() {
  return (
    <Panel title="Speed over time">
      <Skeleton className="h-60" />
    </Panel>
  )
}

/** Comes after the page: no page waits for its chart. */
export const MountSpeed = dynamic(
  () => import('@/components/monitoring/activity/mount-speed').then((found) => found.MountSpeed),
  { ssr: false, loading: Waiting },
)
