'use client'

import { useQuery } from '@tanstack/react-query'
import { Gauge } from 'lucide-react'
import { useState } from 'react'
import { TypeIcon } from '@/components/backends/backend-type'
import { Gone, isGone } from '@/components/data/gone'
import { usePollInterval } from '@/components/data/live'
import { operationsOf, repositoryOne } from '@/components/data/queries'
import { DetailPage } from '@/components/layout/detail-page'
import { useMay } from '@/components/layout/person'
import { OperationHistory } from '@/components/operations/operation-list'
import { DeleteRepository } from '@/components/repositories/delete-repository'
import { RepositoryLeases } from '@/components/repositories/detail/repository-leases'
import { RepositoryOverview } from '@/components/repositories/detail/repository-overview'
import { RepositorySettings } from '@/components/repositories/detail/repository-settings'
import { useRepositoryActions } from '@/components/repositories/use-repository-actions'
import { Button } from '@/components/ui/button'
import { Mono } from '@/components/ui/code-block'
import { Note } from '@/components/ui/feedback'
import { StatusBadge } from '@/components/ui/status'
import { wordOfRepository } from '@/lib/repositories/state'

const LIST = { label: 'Repositories', href: '/repositories' }

export function RepositoryDetail({ id }: { id: string }) {
  const poll = usePollInterval()
  const { data: repository, error } = useQuery({ ...repositoryOne(id), refetchInterval: poll })
  const { data: operations } = useQuery({ ...operationsOf(id), refetchInterval: poll })
  const canWrite = useMay('repositories.write')
  const actions = useRepositoryActions()
  const [isDeleting, setDeleting] = useState(false)
  if (isGone(error)) return <Gone noun="repository" list={LIST.label} href={LIST.href} />
  if (!repository) return null
  return (
    <DetailPage
      id={id}
      noun="repository"
      list={LIST}
      name={repository.name}
      icon={<TypeIcon type={repository.repository_type} className="size-5" />}
      status={<StatusBadge {...wordOfRepository(repository)} />}
      subtitle={
        <span className="flex flex-wrap items-center gap-x-2">
          <Mono text={repository.source} copy />
          {repository.mount_path && (
            <>
              <span aria-hidden>→</span>
              <Mono text={repository.mount_path} copy />
            </>
          )}
        </span>
      }
      actions={
        canWrite && (
          <Button icon={Gauge} pending={actions.isMeasuring} onClick={() => actions.measure(repository)}>
            Measure now
          </Button>
        )
      }
      notes={
        repository.error && (
          <Note
            kind={repository.status === 'degraded' ? 'warning' : 'critical'}
            className="mb-5"
            title={repository.error}
          />
        )
      }
      overview={<RepositoryOverview repository={repository} />}
      uses={[{ id: 'users', label: 'Used by', count: repository.lease_count, content: <RepositoryLeases id={id} /> }]}
      history={<OperationHistory operations={operations?.data} />}
      settings={<RepositorySettings repository={repository} actions={actions} onDelete={() => setDeleting(true)} />}
      raw={{ path: `/api/v1/repositories/${id}`, value: repository }}
    >
      {isDeleting && <DeleteRepository repository={repository} onClose={() => setDeleting(false)} />}
    </DetailPage>
  )
}
