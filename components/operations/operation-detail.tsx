'use client'

import { useQuery } from '@tanstack/react-query'
import { Ban, RotateCcw } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { Evidence } from '@/components/data/evidence'
import { Gone, isGone } from '@/components/data/gone'
import { backendList, isRunning, operationOne } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { TestResult } from '@/components/forms/test-result'
import { Page } from '@/components/layout/page'
import { useMay } from '@/components/layout/person'
import { RawObject } from '@/components/layout/raw-object'
import { AttemptNote } from '@/components/mounts/attempt-note'
import { useSync } from '@/components/mounts/use-sync'
import { HostLines } from '@/components/operations/host-lines'
import { durationOf } from '@/components/operations/operation-list'
import { OperationLog } from '@/components/operations/operation-log'
import { RolloutActions } from '@/components/operations/rollout-actions'
import { RolloutWaves } from '@/components/operations/rollout-waves'
import { statusOfOperation } from '@/components/operations/status'
import { Button } from '@/components/ui/button'
import { Facts, Note, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { StatusBadge } from '@/components/ui/status'
import { Tabs } from '@/components/ui/tabs'
import type { OperationView } from '@/lib/operations/schema'

// Of two kinds of many, and they bring what reads the messages of agents.
const CheckResult = dynamic(() => import('@/components/operations/check-result').then((module) => module.CheckResult))
const ExportResult = dynamic(() =>
  import('@/components/operations/export-result').then((module) => module.ExportResult),
)

const PAGES: Record<string, string> = {
  backend: '/backends',
  pool: '/pools',
  repository: '/repositories',
  volume: '/volumes',
  workload: '/workloads',
  mount: '/mounts',
  host: '/hosts',
}

export function Target({ target }: { target: OperationView['target'] }) {
  const isBackend = target?.kind === 'backend'
  const { data: backends } = useQuery({ ...backendList(), enabled: isBackend })
  if (!target) return '–'
  const page = PAGES[target.kind]
  // A test of settings that were not saved has no page behind it, and a deleted backend has none any more.
  const isThere = !isBackend || backends?.data.some(({ id }) => id === target.id) === true
  if (!page || !isThere) return target.name
  return (
    <Link href={`${page}/${target.id}`} prefetch={false} className="font-medium text-accent hover:underline">
      {target.name}
    </Link>
  )
}

/** Of a rollout that has stopped it is a person's turn; of a finished one it is a remark. */
function Outcome({ operation }: { operation: OperationView }) {
  if (!operation.error) return null
  const isPaused = operation.status === 'paused'
  const hasFailed = operation.hosts.some(({ status }) => status === 'failed')
  const kind = isPaused ? 'warning' : operation.rollout && !hasFailed ? 'info' : 'critical'
  return (
    <Note kind={kind} title={operation.error.message} className="mb-5">
      {isPaused
        ? 'The other hosts are held: nothing is sent to them. Resume it, or roll it back.'
        : operation.rollout === null && operation.error.recovery}
      <Evidence explanation={operation.error.explanation} className="mt-1" />
    </Note>
  )
}

function retryOf(operation: OperationView, syncing: ReturnType<typeof useSync>) {
  const failed = operation.hosts.filter((host) => host.status === 'failed').map((host) => host.host_id)
  const target = operation.target
  if (operation.status === 'paused') return null
  if (target?.kind !== 'mount' || operation.kind !== 'mount.apply' || failed.length === 0) return null
  return {
    count: failed.length,
    pending: syncing.isPending,
    run: () => syncing.sync({ mount: target, hostIds: failed }),
  }
}

/** Cancel it, go on with it, or try again where it failed: for those who may. */
function Actions({ operation, syncing }: { operation: OperationView; syncing: ReturnType<typeof useSync> }) {
  const canWrite = useMay('mounts.write')
  const mayCancel = useMay('operations.write')
  const cancel = useAction<void, OperationView>({
    run: () => requestOne<OperationView>(`/api/v1/operations/${operation.id}/cancel`, { method: 'POST', body: {} }),
    topics: ['operation'],
    done: ({ is_cancelling }) => (is_cancelling ? 'It is being cancelled' : 'Cancelled before it began'),
  })
  const retry = retryOf(operation, syncing)
  return (
    <>
      {mayCancel && <RolloutActions operation={operation} />}
      {mayCancel && operation.can_cancel && (
        <Button icon={Ban} pending={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel
        </Button>
      )}
      {canWrite && retry && (
        <Button icon={RotateCcw} pending={retry.pending} onClick={retry.run}>
          Retry on {retry.count === 1 ? '1 host' : `${retry.count} hosts`}
        </Button>
      )}
    </>
  )
}

/** What came of it, host by host, and the log. */
function Course({ operation }: { operation: OperationView }) {
  return (
    <div className="min-w-0 space-y-5">
      {operation.kind === 'backend.test' && (
        <Panel title="Test" flush>
          <TestResult operationId={operation.id} />
        </Panel>
      )}
      {operation.kind === 'mount.check' && <CheckResult result={operation.result} />}
      {operation.kind === 'volume.work' && <ExportResult operation={operation} />}
      {operation.rollout && <RolloutWaves operation={operation} rollout={operation.rollout} />}
      {operation.hosts.length > 0 && operation.rollout === null && (
        <Panel title={operation.hosts.length === 1 ? 'Host' : 'Hosts'} flush>
          <HostLines hosts={operation.hosts} lines={operation.lines} />
        </Panel>
      )}
      <OperationLog operation={operation} />
    </div>
  )
}

function About({ operation }: { operation: OperationView }) {
  return (
    <Panel title="About">
      <Facts
        items={[
          ['What', operation.title],
          ['Target', <Target key="target" target={operation.target} />],
          ['Asked by', operation.requested_by],
          ['Asked', <RelativeTime key="asked" at={operation.created_at} />],
          ['Started', <RelativeTime key="started" at={operation.started_at} />],
          ['Took', durationOf(operation) ?? (isRunning(operation) ? 'still running' : '–')],
        ]}
      />
    </Panel>
  )
}

export function OperationDetail({ id }: { id: string }) {
  const { data: operation, error } = useQuery(operationOne(id))
  const syncing = useSync()
  if (isGone(error)) return <Gone noun="operation" list="Operations" href="/operations" />
  if (!operation) return null
  const name = operation.summary
  return (
    <Page
      crumbs={[{ label: 'Operations', href: '/operations' }, { label: name }]}
      title={name}
      status={<StatusBadge {...statusOfOperation(operation)} />}
      subtitle={
        <>
          by {operation.requested_by}, <RelativeTime at={operation.created_at} />
        </>
      }
      actions={<Actions operation={operation} syncing={syncing} />}
    >
      {syncing.review}
      {syncing.attempts.map(({ operationId }) => (
        <AttemptNote key={operationId} operationId={operationId} className="mb-5" />
      ))}
      <Outcome operation={operation} />
      <Tabs
        label="About this operation"
        tabs={[
          {
            id: 'overview',
            label: 'Overview',
            content: (
              <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_320px]">
                <Course operation={operation} />
                <About operation={operation} />
              </div>
            ),
          },
          { id: 'raw', label: 'Raw', content: <RawObject path={`/api/v1/operations/${id}`} value={operation} /> },
        ]}
      />
    </Page>
  )
}
