'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { TypeIcon } from '@/components/backends/backend-type'
import { BackendActions, type BackendDialog, BackendDialogs } from '@/components/backends/detail/backend-actions'
import { BackendMounts } from '@/components/backends/detail/backend-mounts'
import { BackendOverview } from '@/components/backends/detail/backend-overview'
import { BackendSettings } from '@/components/backends/detail/backend-settings'
import { hostsOfBackend } from '@/components/backends/detail/reach'
import { TroubleNote } from '@/components/backends/detail/trouble-note'
import { useTestBackends } from '@/components/backends/use-backend-actions'
import { Gone, isGone } from '@/components/data/gone'
import { usePollInterval } from '@/components/data/live'
import { backendOne, mountsOf, operationsOf } from '@/components/data/queries'
import { DetailPage } from '@/components/layout/detail-page'
import { OperationHistory } from '@/components/operations/operation-list'
import { Mono } from '@/components/ui/code-block'
import { ComingTab } from '@/components/ui/coming-tab'
import { StatusBadge } from '@/components/ui/status'
import type { Tab } from '@/components/ui/tabs'
import { DependsOn } from '@/components/uses/depends-on'
import type { BackendView } from '@/lib/backends/schema'
import { backendStatus } from '@/lib/backends/words'
import type { MountView } from '@/lib/mounts/schema'
import type { OperationRow } from '@/lib/operations/schema'

const BackendConnection = dynamic(
  () => import('@/components/backends/detail/backend-connection').then((module) => module.BackendConnection),
  { loading: ComingTab },
)

/** It knows all types, and is fetched with its tab. */
const ServersOf = dynamic(() => import('@/components/uses/servers-of').then((module) => module.ServersOf), {
  ssr: false,
})

const LIST = { label: 'Backends', href: '/backends' }

function usesOf(backend: BackendView, mounts: MountView[], operations: OperationRow[] | undefined): Tab[] {
  const uses: Tab[] = []
  if (backend.capabilities.includes('mount')) {
    const content = <BackendMounts backend={backend} mounts={mounts} />
    uses.push({ id: 'mounts', label: 'Mounts', count: mounts.length, content })
  }
  if (backend.capabilities.includes('connect')) {
    const content = <BackendConnection backend={backend} operations={operations} />
    uses.push({ id: 'connection', label: 'Connections', count: backend.connections.length, content })
  }
  const users = (
    <div className="space-y-5">
      <DependsOn id={backend.id} name={backend.name} />
      <ServersOf backend={backend} />
    </div>
  )
  uses.push({ id: 'users', label: 'Used by', content: users })
  return uses
}

export function BackendDetail({ id }: { id: string }) {
  const poll = usePollInterval()
  const { data: backend, error } = useQuery({ ...backendOne(id), refetchInterval: poll })
  const { data: mounts } = useQuery({ ...mountsOf({ backend_id: id }), refetchInterval: poll })
  const { data: operations } = useQuery({ ...operationsOf(id), refetchInterval: poll })
  const test = useTestBackends()
  const [dialog, setDialog] = useState<BackendDialog | null>(null)
  if (isGone(error)) return <Gone noun="backend" list={LIST.label} href={LIST.href} />
  if (!backend) return null
  const testing = { pending: test.isPending, onTest: () => test.mutate({ ids: [id], watch: true }) }
  const hosts = hostsOfBackend(backend, mounts?.data ?? [])
  return (
    <DetailPage
      id={id}
      noun="backend"
      list={LIST}
      name={backend.name}
      icon={<TypeIcon type={backend.driver} className="size-5" />}
      status={<StatusBadge {...backendStatus(backend.status)} />}
      subtitle={<Mono text={backend.source} copy />}
      actions={<BackendActions backend={backend} testing={testing} onOpen={setDialog} />}
      notes={<TroubleNote backend={backend} hosts={hosts} />}
      overview={<BackendOverview backend={backend} hosts={hosts} testing={testing} />}
      uses={usesOf(backend, mounts?.data ?? [], operations?.data)}
      history={<OperationHistory operations={operations?.data} />}
      settings={<BackendSettings backend={backend} onOpen={setDialog} />}
      raw={{ path: `/api/v1/storage/backends/${id}`, value: backend }}
    >
      <BackendDialogs backend={backend} dialog={dialog} onClose={() => setDialog(null)} />
    </DetailPage>
  )
}
