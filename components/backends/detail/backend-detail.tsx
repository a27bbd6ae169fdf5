'use client'

import { useQuery } from '@tanstack/react-query'
import { BackendActions } from '@/components/backends/detail/backend-actions'
import { BackendConnection, latestConnection } from '@/components/backends/detail/backend-connection'
import { BackendMounts } from '@/components/backends/detail/backend-mounts'
import { BackendOverview } from '@/components/backends/detail/backend-overview'
import { BackendSettings } from '@/components/backends/detail/backend-settings'
import { BackendTest } from '@/components/backends/detail/backend-test'
import { TroubleNote } from '@/components/backends/detail/trouble-note'
import { backendStatus } from '@/components/backends/status'
import { useTestBackends } from '@/components/backends/use-backend-actions'
import { Gone, isGone } from '@/components/data/gone'
import { usePollInterval } from '@/components/data/live'
import { backendOne, mountsOf, operationsOf } from '@/components/data/queries'
import { Page } from '@/components/layout/page'
import { OperationList } from '@/components/operations/operation-list'
import { CodeBlock, Mono } from '@/components/ui/code-block'
import { StatusBadge } from '@/components/ui/status'
import { Tabs } from '@/components/ui/tabs'

export function BackendDetail({ id }: { id: string }) {
  const poll = usePollInterval()
  const { data: backend, error } = useQuery({ ...backendOne(id), refetchInterval: poll })
  const { data: mounts } = useQuery({ ...mountsOf({ backend_id: id }), refetchInterval: poll })
  const { data: operations } = useQuery({ ...operationsOf(id), refetchInterval: poll })
  const test = useTestBackends()
  if (isGone(error)) return <Gone noun="backend" list="Backends" href="/backends" />
  if (!backend) return null
  const testing = { pending: test.isPending, onTest: () => test.mutate({ ids: [id], watch: true }) }
  const users = mounts?.data ?? []
  const tabs = [
    {
      id: 'overview',
      label: 'Overview',
      content: <BackendOverview backend={backend} operations={<OperationList operations={operations?.data} />} />,
    },
    { id: 'test', label: 'Test', content: <BackendTest backend={backend} {...testing} /> },
    backend.capabilities.includes('mount') && {
      id: 'mounts',
      label: 'Mounts',
      count: users.length,
      content: <BackendMounts backend={backend} mounts={users} />,
    },
    backend.capabilities.includes('connect') && {
      id: 'connection',
      label: 'Connection',
      content: <BackendConnection backend={backend} latest={latestConnection(operations?.data)} />,
    },
    { id: 'settings', label: 'Settings', content: <BackendSettings backend={backend} /> },
    { id: 'raw', label: 'Raw', content: <CodeBlock text={JSON.stringify(backend, null, 2)} label="JSON" /> },
  ]
  return (
    <Page
      crumbs={[{ label: 'Backends', href: '/backends' }, { label: backend.name }]}
      title={backend.name}
      status={<StatusBadge {...backendStatus(backend.status)} />}
      subtitle={<Mono text={backend.source} copy />}
      actions={<BackendActions backend={backend} {...testing} />}
    >
      <TroubleNote backend={backend} />
      <Tabs label="About this backend" tabs={tabs.filter((tab) => tab !== false)} />
    </Page>
  )
}
