'use client'

import { useQuery } from '@tanstack/react-query'
import { Plus, Waypoints } from 'lucide-react'
import { useMemo, useState } from 'react'
import { usePollInterval } from '@/components/data/live'
import { mountList } from '@/components/data/queries'
import { useMay, useStorageTypes } from '@/components/layout/person'
import { useTrends } from '@/components/monitoring/trend-columns'
import { AttemptNote } from '@/components/mounts/attempt-note'
import { MarkedMountActions } from '@/components/mounts/list/marked-mount-actions'
import { mountColumns, mountFacets } from '@/components/mounts/list/mount-columns'
import { type MountOrder, ReviewMounts } from '@/components/mounts/list/review-mounts'
import { useSync } from '@/components/mounts/use-sync'
import { ButtonLink } from '@/components/ui/button'
import { exactTime } from '@/components/ui/exact-time'
import { EmptyState } from '@/components/ui/feedback'
import { DataTable } from '@/components/ui/table/data-table'
import { useTimes } from '@/components/ui/times'
import type { MountView } from '@/lib/mounts/schema'

const NONE: MountView[] = []

function NoMounts() {
  const canWrite = useMay('mounts.write')
  return (
    <EmptyState
      icon={Waypoints}
      title="Put a backend at a path, on one host or on all"
      action={
        canWrite && (
          <ButtonLink href="/mounts/new" variant="primary" icon={Plus}>
            New mount
          </ButtonLink>
        )
      }
    >
      Holdfast mounts it, checks that the storage answers, keeps it mounted through reboots, and says when a host
      differs from what you want.
    </EmptyState>
  )
}

export function MountsTable() {
  const { data } = useQuery({ ...mountList(), refetchInterval: usePollInterval() })
  const types = useStorageTypes()
  const canWrite = useMay('mounts.write')
  const { zone } = useTimes()
  const { sync, review, attemptOf } = useSync()
  const [order, setOrder] = useState<MountOrder | null>(null)
  const facets = useMemo(() => mountFacets(types), [types])
  const trends = useTrends('noun=backend')
  const columns = useMemo(() => {
    const act = (mount: MountView, verb: MountOrder['verb']) =>
      verb === 'sync' ? sync({ mount }) : setOrder({ mounts: [mount], verb })
    return mountColumns(canWrite ? act : null, (iso) => exactTime(iso, zone), trends)
  }, [canWrite, sync, trends, zone])
  const actOnMarked = (marked: MountView[], clear: () => void) => (
    <MarkedMountActions
      onAct={(verb) => {
        // Those of pools are changed with their pools.
        const own = marked.filter(({ pool }) => pool === null)
        if (own.length > 0) setOrder({ mounts: own, verb })
        clear()
      }}
    />
  )
  const whatCame = (mount: MountView) => {
    const attempt = attemptOf({ mount })
    return attempt && <AttemptNote operationId={attempt.operationId} />
  }
  return (
    <>
      <DataTable
        noun="mounts"
        rows={data?.data ?? NONE}
        columns={columns}
        facets={facets}
        views="mounts"
        rowId={(row) => row.id}
        defaultSort="name.asc"
        {...(canWrite ? { bulk: actOnMarked } : {})}
        below={whatCame}
        empty={<NoMounts />}
      />
      {review}
      {order && <ReviewMounts {...order} onClose={() => setOrder(null)} />}
    </>
  )
}
