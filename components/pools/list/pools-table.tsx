'use client'

import { useQuery } from '@tanstack/react-query'
import { Database, Plus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { usePollInterval } from '@/components/data/live'
import { poolList } from '@/components/data/queries'
import { useMay, useStorageTypes } from '@/components/layout/person'
import { useTrends } from '@/components/monitoring/trend-columns'
import { AttemptNote } from '@/components/mounts/attempt-note'
import { type PoolOrder, poolColumns, poolFacets } from '@/components/pools/list/pool-columns'
import { PoolDialogs } from '@/components/pools/pool-dialogs'
import { usePoolActions } from '@/components/pools/use-pool-actions'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'
import { DataTable } from '@/components/ui/table/data-table'
import type { PoolView } from '@/lib/pools/schema'

const NONE: PoolView[] = []

function NoPools() {
  const canWrite = useMay('pools.write')
  return (
    <EmptyState
      icon={Database}
      title="Open a backend to hold volumes"
      action={
        canWrite && (
          <ButtonLink href="/pools/new" variant="primary" icon={Plus}>
            New pool
          </ButtonLink>
        )
      }
    >
      A pool keeps virtual disks on a directory, an NFS export, an SMB share, a LUN or Ceph. Holdfast opens it on the
      hosts you choose, and watches how full it is.
    </EmptyState>
  )
}

export function PoolsTable() {
  const { data } = useQuery({ ...poolList(), refetchInterval: usePollInterval() })
  const types = useStorageTypes()
  const canWrite = useMay('pools.write')
  const { reconnect, setMaintenance, attemptOf } = usePoolActions()
  const [open, setOpen] = useState<{ pool: PoolView; dialog: 'volume' | 'delete' } | null>(null)
  const facets = useMemo(() => poolFacets(types), [types])
  const trends = useTrends('noun=pool')
  const columns = useMemo(() => {
    const act = (pool: PoolView, order: PoolOrder) => {
      if (order === 'reconnect') reconnect(pool)
      else if (order === 'maintenance') setMaintenance(pool)
      else setOpen({ pool, dialog: order })
    }
    return poolColumns(canWrite ? act : null, trends)
  }, [canWrite, reconnect, setMaintenance, trends])
  return (
    <>
      <DataTable
        noun="pools"
        rows={data?.data ?? NONE}
        columns={columns}
        facets={facets}
        views="pools"
        rowId={(row) => row.id}
        defaultSort="name.asc"
        below={(row) => {
          const attempt = attemptOf(row.id)
          return attempt && <AttemptNote operationId={attempt} />
        }}
        empty={<NoPools />}
      />
      {open && <PoolDialogs {...open} onClose={() => setOpen(null)} />}
    </>
  )
}
