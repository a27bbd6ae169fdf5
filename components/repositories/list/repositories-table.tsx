'use client'

import { useQuery } from '@tanstack/react-query'
import { Archive, Plus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { usePollInterval } from '@/components/data/live'
import { repositoryList } from '@/components/data/queries'
import { useMay, useStorageTypes } from '@/components/layout/person'
import { DeleteRepository } from '@/components/repositories/delete-repository'
import { repositoryColumns, repositoryFacets } from '@/components/repositories/list/repository-columns'
import type { RepositoryOrder } from '@/components/repositories/list/repository-row-menu'
import { useRepositoryActions } from '@/components/repositories/use-repository-actions'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'
import { DataTable } from '@/components/ui/table/data-table'
import type { RepositoryView } from '@/lib/repositories/schema'

const NONE: RepositoryView[] = []

function NoRepositories() {
  const canWrite = useMay('repositories.write')
  return (
    <EmptyState
      icon={Archive}
      title="Keep a place for backups"
      action={
        canWrite && (
          <ButtonLink href="/repositories/new" variant="primary" icon={Plus}>
            New repository
          </ButtonLink>
        )
      }
    >
      A repository is a directory, an NFS export, an SMB share or a bucket for backups. Holdfast tests it, mounts it on
      the hosts you choose, stops new backups before it is full, and lets nobody take it away while a program writes.
    </EmptyState>
  )
}

export function RepositoriesTable() {
  const { data } = useQuery({ ...repositoryList(), refetchInterval: usePollInterval() })
  const types = useStorageTypes()
  const canWrite = useMay('repositories.write')
  const { measure, setEnabled } = useRepositoryActions()
  const [deleting, setDeleting] = useState<RepositoryView | null>(null)
  const facets = useMemo(() => repositoryFacets(types), [types])
  const columns = useMemo(() => {
    const act = (repository: RepositoryView, order: RepositoryOrder) => {
      if (order === 'measure') measure(repository)
      else if (order === 'delete') setDeleting(repository)
      else setEnabled({ ...repository, enabled: order === 'enable' })
    }
    return repositoryColumns(canWrite ? act : null)
  }, [canWrite, measure, setEnabled])
  return (
    <>
      <DataTable
        noun="repositories"
        rows={data?.data ?? NONE}
        columns={columns}
        facets={facets}
        rowId={(row) => row.id}
        defaultSort="name.asc"
        empty={<NoRepositories />}
      />
      {deleting && <DeleteRepository repository={deleting} onClose={() => setDeleting(null)} />}
    </>
  )
}
