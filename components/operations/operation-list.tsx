'use client'

import { OperationWords } from '@/components/operations/operation-words'
import { operationStatus } from '@/components/operations/status'
import { Panel, Skeleton } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { RowLink } from '@/components/ui/row-link'
import { StatusShape } from '@/components/ui/status'
import type { OperationRow } from '@/lib/operations/schema'
import { formatDuration } from '@/lib/units'

export function durationOf(operation: Pick<OperationRow, 'started_at' | 'finished_at'>): string | null {
  if (!operation.started_at || !operation.finished_at) return null
  return formatDuration(Date.parse(operation.finished_at) - Date.parse(operation.started_at))
}

/** A few operations, newest first, one line each. */
export function OperationList({ operations, limit = 8 }: { operations: OperationRow[] | undefined; limit?: number }) {
  if (!operations) {
    return (
      <div className="space-y-3 p-4">
        <Skeleton className="h-4 w-full" />
        <Skeleton className="h-4 w-full" />
      </div>
    )
  }
  if (operations.length === 0) return <p className="p-4 text-13 text-muted">Nothing has been done here yet.</p>
  return (
    <ul className="divide-y divide-line">
      {operations.slice(0, limit).map((operation) => {
        const state = operationStatus(operation.status)
        return (
          <li key={operation.id} className="relative flex items-center gap-2.5 px-4 py-2 text-13 hover:bg-hover">
            <StatusShape tone={state.tone} title={state.word} />
            <RowLink href={`/operations/${operation.id}`} className="min-w-0 flex-1 truncate">
              <OperationWords operation={operation} />
              {operation.host_count > 1 && <span className="text-muted"> on {operation.host_count} hosts</span>}
              {operation.error && <span className="text-muted"> · {operation.error.message}</span>}
            </RowLink>
            <span className="hidden text-12 text-muted sm:inline">{operation.requested_by}</span>
            <RelativeTime at={operation.created_at} className="w-20 text-right text-12 text-muted" />
          </li>
        )
      })}
    </ul>
  )
}

/** As many as the API gives of one thing at once. */
const HISTORY_SHOWN = 50

/** What was done with a thing, or on a host. */
export function OperationHistory({ operations }: { operations: OperationRow[] | undefined }) {
  return (
    <Panel title="What was done" flush>
      <OperationList operations={operations} limit={HISTORY_SHOWN} />
    </Panel>
  )
}
