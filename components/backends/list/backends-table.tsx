'use client'

import { useQuery } from '@tanstack/react-query'
import { FlaskConical, HardDrive, Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useMemo, useState } from 'react'
import { backendColumns, backendFacets } from '@/components/backends/list/backend-columns'
import { useTestBackends } from '@/components/backends/use-backend-actions'
import { usePollInterval } from '@/components/data/live'
import { backendList } from '@/components/data/queries'
import { useMay, useStorageTypes } from '@/components/layout/person'
import { useTrends } from '@/components/monitoring/trend-columns'
import { Button, ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'
import { DataTable } from '@/components/ui/table/data-table'
import type { BackendView } from '@/lib/backends/schema'

const DeleteBackend = dynamic(
  () => import('@/components/backends/delete-backend').then((module) => module.DeleteBackend),
  { ssr: false },
)

const NONE: BackendView[] = []

function NoBackends() {
  const canWrite = useMay('backends.write')
  return (
    <EmptyState
      icon={HardDrive}
      title="Define a storage once, use it on every host"
      action={
        canWrite && (
          <ButtonLink href="/backends/new" variant="primary" icon={Plus}>
            New backend
          </ButtonLink>
        )
      }
    >
      A backend is one storage with its settings and its secrets: an NFS or SMB share, an S3 bucket, a directory.
      Holdfast tests it for real before you rely on it.
    </EmptyState>
  )
}

export function BackendsTable() {
  const { data } = useQuery({ ...backendList(), refetchInterval: usePollInterval() })
  const types = useStorageTypes()
  const canTest = useMay('backends.test')
  const { mutate: startTest, isPending } = useTestBackends()
  const [doomed, setDoomed] = useState<BackendView | null>(null)
  const facets = useMemo(() => backendFacets(types), [types])
  const trends = useTrends('noun=backend')
  const columns = useMemo(
    () => backendColumns({ onTest: ({ id }) => startTest({ ids: [id], watch: true }), onDelete: setDoomed, trends }),
    [startTest, trends],
  )
  const testMarked = (marked: BackendView[], clear: () => void) => (
    <Button
      size="sm"
      icon={FlaskConical}
      pending={isPending}
      onClick={() => {
        startTest({ ids: marked.map((row) => row.id), watch: false })
        clear()
      }}
    >
      Test {marked.length === 1 ? '1 backend' : `${marked.length} backends`}
    </Button>
  )
  return (
    <>
      <DataTable
        noun="backends"
        rows={data?.data ?? NONE}
        columns={columns}
        facets={facets}
        views="backends"
        rowId={(row) => row.id}
        defaultSort="name.asc"
        {...(canTest ? { bulk: testMarked } : {})}
        empty={<NoBackends />}
      />
      {doomed && <DeleteBackend backend={doomed} open onOpenChange={(open) => !open && setDoomed(null)} />}
    </>
  )
}
