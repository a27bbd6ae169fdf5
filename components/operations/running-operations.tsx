'use client'

import { useQuery } from '@tanstack/react-query'
import { Activity } from 'lucide-react'
import { usePollInterval } from '@/components/data/live'
import { operationsRunning } from '@/components/data/queries'
import { OperationWords } from '@/components/operations/operation-words'
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '@/components/ui/menu'
import { RelativeTime } from '@/components/ui/relative-time'
import { StatusShape } from '@/components/ui/status'

/** A quiet counter of what is under way; it opens the live list. */
export function RunningOperations() {
  const { data } = useQuery({ ...operationsRunning(), refetchInterval: usePollInterval() })
  const running = data?.data ?? []
  const count = data?.total ?? 0
  return (
    <Menu
      trigger={
        <button
          type="button"
          className="inline-flex h-8 items-center gap-1.5 rounded-md px-2 text-13 text-muted hover:bg-hover hover:text-ink data-popup-open:bg-hover"
          aria-label={count === 0 ? 'Operations: none running' : `Operations: ${count} running`}
        >
          {count > 0 ? <StatusShape tone="working" /> : <Activity aria-hidden className="size-4" />}
          {count > 0 && <span className="tabular">{count}</span>}
        </button>
      }
    >
      {running.length === 0 && <MenuLabel>Nothing is running.</MenuLabel>}
      {running.map((operation) => (
        <MenuItem key={operation.id} href={`/operations/${operation.id}`}>
          <StatusShape tone="working" className="mt-1 self-start" />
          <span className="min-w-0 flex-1">
            <span className="block truncate">
              <OperationWords operation={operation} />
            </span>
            <span className="block text-12 text-muted">
              {operation.host_count === 1 ? '1 host' : `${operation.host_count} hosts`} · started{' '}
              <RelativeTime at={operation.started_at ?? operation.created_at} />
            </span>
          </span>
        </MenuItem>
      ))}
      <MenuSeparator />
      <MenuItem href="/operations">All operations</MenuItem>
    </Menu>
  )
}
