'use client'

import { useQuery } from '@tanstack/react-query'
import { Ban, RotateCcw } from 'lucide-react'
import Link from 'next/link'
import { Gone, isGone } from '@/components/data/gone'
import { isRunning, operationOne } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { TestResult } from '@/components/forms/test-result'
import { Page } from '@/components/layout/page'
import { useMay } from '@/components/layout/person'
import { useMountActions } from '@/components/mounts/use-mount-actions'
import { durationOf } from '@/components/operations/operation-list'
import { OperationLog } from '@/components/operations/operation-log'
import { operationStatus } from '@/components/operations/status'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Facts, Note, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status, StatusBadge } from '@/components/ui/status'
import { Tabs } from '@/components/ui/tabs'
import type { OperationView } from '@/lib/operations/schema'

const PAGES: Record<string, string> = { backend: '/backends', mount: '/mounts', host: '/hosts' }

function Target({ target }: { target: OperationView['target'] }) {
  if (!target) return '–'
  const page = PAGES[target.kind]
  if (!page) return target.name
  return (
    <Link href={`${page}/${target.id}`} prefetch={false} className="font-medium text-accent hover:underline">
      {target.name}
    </Link>
  )
}

function HostLines({ operation }: { operation: OperationView }) {
  return (
    <ul className="divide-y divide-line">
      {operation.hosts.map((host) => {
        const last = operation.lines.findLast((line) => line.host_id === host.host_id)
        return (
          <li key={host.host_id} className="px-4 py-2.5 text-13">
            <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 md:grid-cols-[minmax(0,200px)_minmax(0,1fr)_auto_72px]">
              <Link href={`/hosts/${host.host_id}`} prefetch={false} className="truncate font-medium hover:underline">
                {host.host_name}
              </Link>
              <span className="truncate text-12 text-muted max-md:order-3 max-md:col-span-2">{last?.message}</span>
              <Status {...operationStatus(host.status)} />
              <span className="tabular text-right text-12 text-muted max-md:hidden">{durationOf(host)}</span>
            </div>
            {host.error && (
              <p className="mt-1 break-words text-13">
                {host.error.message} <span className="text-muted">{host.error.recovery}</span>
              </p>
            )}
          </li>
        )
      })}
    </ul>
  )
}

function useRetry(operation: OperationView | undefined) {
  const act = useMountActions()
  const failed = operation?.hosts.filter((host) => host.status === 'failed').map((host) => host.host_id) ?? []
  const target = operation?.target
  if (target?.kind !== 'mount' || operation?.kind !== 'mount.apply' || failed.length === 0) return null
  return {
    count: failed.length,
    pending: act.isPending,
    run: () => act.mutate({ mounts: [target], verb: 'sync', hostIds: failed }),
  }
}

export function OperationDetail({ id }: { id: string }) {
  const { data: operation, error } = useQuery(operationOne(id))
  const canWrite = useMay('mounts.write')
  const retry = useRetry(operation)
  const cancel = useAction<void, OperationView>({
    run: () => requestOne<OperationView>(`/api/v1/operations/${id}/cancel`, { method: 'POST', body: {} }),
    topics: ['operation'],
    done: () => 'Cancelled before it began',
  })
  const mayCancel = useMay('operations.write')
  if (isGone(error)) return <Gone noun="operation" list="Operations" href="/operations" />
  if (!operation) return null
  const name = [operation.title, operation.target?.name].filter(Boolean).join(' ')
  const isTest = operation.kind === 'backend.test'
  return (
    <Page
      crumbs={[{ label: 'Operations', href: '/operations' }, { label: name }]}
      title={name}
      status={<StatusBadge {...operationStatus(operation.status)} />}
      subtitle={
        <>
          by {operation.requested_by}, <RelativeTime at={operation.created_at} />
        </>
      }
      actions={
        <>
          {mayCancel && operation.status === 'queued' && (
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
      }
    >
      {operation.error && (
        <Note kind="critical" title={operation.error.message} className="mb-5">
          {operation.error.recovery}
        </Note>
      )}
      <Tabs
        label="About this operation"
        tabs={[
          {
            id: 'overview',
            label: 'Overview',
            content: (
              <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,1fr)_320px]">
                <div className="min-w-0 space-y-5">
                  {isTest && (
                    <Panel title="Test" flush>
                      <TestResult operationId={operation.id} />
                    </Panel>
                  )}
                  {operation.hosts.length > 0 && (
                    <Panel title={operation.hosts.length === 1 ? 'Host' : 'Hosts'} flush>
                      <HostLines operation={operation} />
                    </Panel>
                  )}
                  <OperationLog operation={operation} />
                </div>
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
              </div>
            ),
          },
          { id: 'raw', label: 'Raw', content: <CodeBlock text={JSON.stringify(operation, null, 2)} label="JSON" /> },
        ]}
      />
    </Page>
  )
}
