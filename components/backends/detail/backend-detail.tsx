'use client'

import { useQuery } from '@tanstack/react-query'
import { Cable, Copy, Ellipsis, FlaskConical, Pencil, Trash2, Waypoints } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { BackendType } from '@/components/backends/backend-type'
import { BackendConnection, latestConnection } from '@/components/backends/detail/backend-connection'
import { BackendSettings } from '@/components/backends/detail/backend-settings'
import { backendStatus } from '@/components/backends/status'
import { useTestBackends } from '@/components/backends/use-backend-actions'
import { Evidence } from '@/components/data/evidence'
import { Gone, isGone } from '@/components/data/gone'
import { usePollInterval } from '@/components/data/live'
import { backendOne, mountsOf, operationsOf } from '@/components/data/queries'
import { TestResult } from '@/components/forms/test-result'
import { Page } from '@/components/layout/page'
import { useMay } from '@/components/layout/person'
import { mountStatus } from '@/components/mounts/status'
import { OperationList } from '@/components/operations/operation-list'
import { Button, ButtonLink, IconButton } from '@/components/ui/button'
import { Bytes, Capacity } from '@/components/ui/bytes'
import { CodeBlock, Mono } from '@/components/ui/code-block'
import { EmptyState, Facts, Note, Panel } from '@/components/ui/feedback'
import { Menu, MenuItem } from '@/components/ui/menu'
import { RelativeTime } from '@/components/ui/relative-time'
import { RowLink } from '@/components/ui/row-link'
import { Badge, Status, StatusBadge } from '@/components/ui/status'
import { Tabs } from '@/components/ui/tabs'
import { useUrlParameter } from '@/components/ui/use-url-parameter'

const Duplicate = dynamic(() => import('@/components/data/duplicate').then((module) => module.Duplicate), {
  ssr: false,
})
const DeleteBackend = dynamic(
  () => import('@/components/backends/delete-backend').then((module) => module.DeleteBackend),
  { ssr: false },
)

import type { BackendView } from '@/lib/backends/schema'
import type { MountView } from '@/lib/mounts/schema'

const NUMBER = new Intl.NumberFormat('en-GB')

function Overview({ backend, operations }: { backend: BackendView; operations: React.ReactNode }) {
  const { stats } = backend
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <Panel title="Capacity">
        {stats.used_bytes === null && stats.total_bytes === null && stats.file_count === null ? (
          <p className="text-13 text-muted">
            {stats.as_of === null
              ? 'Not measured yet. A test, or a host that mounts it, measures it.'
              : 'This storage does not tell how much it holds.'}
          </p>
        ) : (
          <>
            <Capacity used={stats.used_bytes} total={stats.total_bytes} className="text-13" />
            <Facts
              className="mt-4"
              items={[
                ['Used', <Bytes key="used" value={stats.used_bytes} />],
                ['Free', <Bytes key="free" value={stats.available_bytes} />],
                ['Total', <Bytes key="total" value={stats.total_bytes} />],
                ...(stats.file_count === null ? [] : [['Files', NUMBER.format(stats.file_count)] as const]),
                ['As of', <RelativeTime key="as-of" at={stats.as_of} />],
              ]}
            />
          </>
        )}
      </Panel>
      <Panel title="About">
        <Facts
          items={[
            ['Type', <BackendType key="type" type={backend.type} />],
            ['Source', <Mono key="source" text={backend.source} copy className="max-w-full" />],
            [
              'Can',
              <span key="can" className="flex flex-wrap gap-1">
                {backend.capabilities.map((capability) => (
                  <Badge key={capability}>{capability}</Badge>
                ))}
              </span>,
            ],
            ['Checked', <RelativeTime key="checked" at={backend.status_at} />],
            ['Created', <RelativeTime key="created" at={backend.created_at} />],
            ['Changed', <RelativeTime key="changed" at={backend.updated_at} />],
            ['Id', <Mono key="id" text={backend.id} copy />],
          ]}
        />
      </Panel>
      <Panel title="Latest operations" flush className="lg:col-span-2">
        {operations}
      </Panel>
    </div>
  )
}

function Mounts({ backend, mounts }: { backend: BackendView; mounts: MountView[] }) {
  const canWrite = useMay('mounts.write')
  if (mounts.length === 0) {
    return (
      <EmptyState
        icon={Waypoints}
        title="Not mounted anywhere yet"
        action={
          canWrite && (
            <ButtonLink href={`/mounts/new?backend=${backend.id}`} variant="primary" icon={Waypoints}>
              Mount it
            </ButtonLink>
          )
        }
      >
        A mount puts this backend at a path on one host or on many.
      </EmptyState>
    )
  }
  return (
    <ul className="panel divide-y divide-line">
      {mounts.map((mount) => (
        <li
          key={mount.id}
          className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 text-13 hover:bg-hover"
        >
          <RowLink href={`/mounts/${mount.id}`} className="min-w-0 truncate font-medium">
            {mount.name}
          </RowLink>
          <span className="min-w-0 flex-1 truncate font-mono text-12 text-muted">{mount.mount_point}</span>
          <span className="text-12 text-muted">
            {mount.hosts.length === 1 ? mount.hosts[0]?.host_name : `${mount.hosts.length} hosts`}
          </span>
          <Status {...mountStatus(mount)} />
        </li>
      ))}
    </ul>
  )
}

function TestTab({ backend, onTest, pending }: { backend: BackendView; onTest: () => void; pending: boolean }) {
  const [chosen] = useUrlParameter('operation')
  const canTest = useMay('backends.test')
  const operation = chosen || backend.last_test_operation
  return (
    <Panel
      title="Test"
      flush
      action={
        canTest && (
          <Button size="sm" icon={FlaskConical} pending={pending} onClick={onTest}>
            Test now
          </Button>
        )
      }
    >
      {operation ? (
        <TestResult operationId={operation} />
      ) : (
        <p className="p-4 text-13 text-muted">This backend has not been tested since it was saved.</p>
      )}
    </Panel>
  )
}

export function BackendDetail({ id }: { id: string }) {
  const poll = usePollInterval()
  const router = useRouter()
  const { data: backend, error } = useQuery({ ...backendOne(id), refetchInterval: poll })
  const { data: mounts } = useQuery({ ...mountsOf({ backend_id: id }), refetchInterval: poll })
  const { data: operations } = useQuery({ ...operationsOf(id), refetchInterval: poll })
  const test = useTestBackends()
  const canWrite = useMay('backends.write')
  const canTest = useMay('backends.test')
  const [tab] = useUrlParameter('tab')
  const [deleting, setDeleting] = useState(false)
  const [copying, setCopying] = useState(false)
  if (isGone(error)) return <Gone noun="backend" list="Backends" href="/backends" />
  if (!backend) return null
  const state = backendStatus(backend.status)
  const startTest = () => test.mutate({ ids: [id], watch: true })
  const users = mounts?.data ?? []
  const canMount = backend.capabilities.includes('mount')
  const canConnect = backend.capabilities.includes('connect')
  const cause = backend.connections.some((connection) => connection.state === 'error') ? 'connection' : 'test'

  return (
    <Page
      crumbs={[{ label: 'Backends', href: '/backends' }, { label: backend.name }]}
      title={backend.name}
      status={<StatusBadge {...state} />}
      subtitle={<Mono text={backend.source} copy max={80} className="max-w-full" />}
      actions={
        <>
          {canTest && (
            <Button icon={FlaskConical} pending={test.isPending} onClick={startTest}>
              Test
            </Button>
          )}
          {canWrite && (
            <>
              {canMount && (
                <ButtonLink href={`/mounts/new?backend=${id}`} icon={Waypoints} variant="primary">
                  Mount it
                </ButtonLink>
              )}
              {canConnect && (
                <ButtonLink href={`/backends/${id}?tab=connection`} icon={Cable} variant="primary">
                  Connect
                </ButtonLink>
              )}
              <Menu trigger={<IconButton icon={Ellipsis} label="More actions" className="border border-line-strong" />}>
                <MenuItem icon={Pencil} href={`/backends/${id}/edit`}>
                  Edit
                </MenuItem>
                <MenuItem icon={Copy} onSelect={() => setCopying(true)}>
                  Duplicate
                </MenuItem>
                <MenuItem icon={Trash2} danger onSelect={() => setDeleting(true)}>
                  Delete
                </MenuItem>
              </Menu>
            </>
          )}
        </>
      }
    >
      {backend.status_error && state.tone === 'critical' && tab !== cause && (
        <Note kind="critical" title={backend.status_error} className="mb-5">
          {backend.status_explanation?.advice} Last checked <RelativeTime at={backend.status_at} />.{' '}
          <Link href={`/backends/${id}?tab=${cause}`} className="underline">
            {cause === 'test' ? 'See which step of its test fails' : 'See where it is connected'}
          </Link>
          <Evidence explanation={backend.status_explanation} className="mt-1" />
        </Note>
      )}
      <Tabs
        label="About this backend"
        tabs={[
          {
            id: 'overview',
            label: 'Overview',
            content: <Overview backend={backend} operations={<OperationList operations={operations?.data} />} />,
          },
          {
            id: 'test',
            label: 'Test',
            content: <TestTab backend={backend} onTest={startTest} pending={test.isPending} />,
          },
          ...(canMount
            ? [
                {
                  id: 'mounts',
                  label: 'Mounts',
                  count: users.length,
                  content: <Mounts backend={backend} mounts={users} />,
                },
              ]
            : []),
          ...(canConnect
            ? [
                {
                  id: 'connection',
                  label: 'Connection',
                  content: <BackendConnection backend={backend} latest={latestConnection(operations?.data)} />,
                },
              ]
            : []),
          { id: 'settings', label: 'Settings', content: <BackendSettings backend={backend} /> },
          { id: 'raw', label: 'Raw', content: <CodeBlock text={JSON.stringify(backend, null, 2)} label="JSON" /> },
        ]}
      />
      {copying && (
        <Duplicate
          noun="backend"
          name={backend.name}
          url={`/api/v1/storage/backends/${id}`}
          suggestion={`${backend.name} copy`.slice(0, 100)}
          note="With the same settings and secrets. Nothing is mounted."
          onClose={() => setCopying(false)}
          onMade={(made) => router.push(`/backends/${made}`)}
        />
      )}
      {deleting && (
        <DeleteBackend backend={backend} open onOpenChange={setDeleting} onDeleted={() => router.push('/backends')} />
      )}
    </Page>
  )
}
