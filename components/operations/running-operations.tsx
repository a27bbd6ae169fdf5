'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { usePollInterval } from '@/components/data/live'
import { operationsRunning } from '@/components/data/queries'
import { Popover } from '@/components/ui/popover'
import { RelativeTime } from '@/components/ui/relative-time'
import { StatusShape } from '@/components/ui/status'

/** A quiet counter of what is under way; it opens the live list. */
export function RunningOperations() {
  const { data } = useQuery({ ...operationsRunning(), refetchInterval: usePollInterval() })
  const running = data?.data ?? []
  const count = data?.total ?? 0
  return (
    <Popover
      title="Running operations"
      className="w-80"
      trigger={
        <button
          type="button"
          className="inline-flex h-8 items-center gap-1.5 rounded-md px-2 text-13 text-muted hover:bg-hover hover:text-ink data-popup-open:bg-hover"
          aria-label={count === 0 ? 'Operations: none running' : `Operations: ${count} running`}
        >
          <StatusShape tone={count > 0 ? 'working' : 'off'} />
          <span className="tabular">{count}</span>
        </button>
      }
    >
      {running.length === 0 ? (
        <p className="px-4 pt-4 pb-3 text-13 text-muted">Nothing is running.</p>
      ) : (
        <ul className="p-1">
          {running.map((operation) => (
            <li key={operation.id}>
              <Link
                href={`/operations/${operation.id}`}
                prefetch={false}
                className="flex items-start gap-2.5 rounded-md px-2.5 py-2 hover:bg-hover"
              >
                <StatusShape tone="working" className="mt-1" />
                <span className="min-w-0 flex-1">
                  <span className="block truncate text-13">
                    {operation.title} {operation.target && <span className="font-medium">{operation.target.name}</span>}
                  </span>
                  <span className="block text-12 text-muted">
                    {operation.host_count === 1 ? '1 host' : `${operation.host_count} hosts`} · started{' '}
                    <RelativeTime at={operation.started_at ?? operation.created_at} />
                  </span>
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      <div className="border-t border-line p-1">
        <Link
          href="/operations"
          prefetch={false}
          className="block rounded-md px-2.5 py-1.5 text-13 text-muted hover:bg-hover hover:text-ink"
        >
          All operations
        </Link>
      </div>
    </Popover>
  )
}
