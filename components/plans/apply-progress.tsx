'use client'

import { useQueries } from '@tanstack/react-query'
import { Evidence } from '@/components/data/evidence'
import { isRunning, operationOne } from '@/components/data/queries'
import { operationStatus } from '@/components/operations/status'
import { progressWords } from '@/components/plans/progress-words'
import { Note, Skeleton } from '@/components/ui/feedback'
import { Status } from '@/components/ui/status'
import type { OperationHostView, OperationView } from '@/lib/operations/schema'

const ORDER: readonly OperationHostView['status'][] = [
  'failed',
  'partial',
  'paused',
  'running',
  'queued',
  'waiting',
  'succeeded',
  'cancelled',
]

/** What a host said last is about something that is over by then. */
const OVER: ReadonlySet<OperationHostView['status']> = new Set(['succeeded', 'cancelled'])

/** The operations that carry one change, as they are now. */
export function useOperations(ids: readonly string[]): { operations: OperationView[]; isOver: boolean } {
  const answers = useQueries({ queries: ids.map((id) => operationOne(id)) })
  const operations = answers.flatMap(({ data }) => (data ? [data] : []))
  return { operations, isOver: operations.length === ids.length && operations.every((each) => !isRunning(each)) }
}

interface Line extends OperationHostView {
  key: string
  /** Of several changes: what it is about. */
  about: string | undefined
  said: string | undefined
}

function linesOf(operations: readonly OperationView[]): Line[] {
  const isOne = operations.length === 1
  return operations
    .flatMap((operation) =>
      operation.hosts.map((host) => ({
        ...host,
        key: `${operation.id} ${host.host_id}`,
        about: isOne ? undefined : operation.target?.name,
        said: operation.lines.findLast((line) => line.host_id === host.host_id)?.message,
      })),
    )
    .sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status))
}

/** How far a change is, host by host; what needs a person stands first. */
export function ApplyProgress({ operations, doing }: { operations: readonly OperationView[]; doing: string }) {
  const lines = linesOf(operations)
  if (lines.length === 0) {
    return (
      <div className="space-y-3" aria-live="polite">
        <p className="font-medium text-13">{doing}</p>
        <Skeleton className="h-16 w-full" />
      </div>
    )
  }
  const count = (...wanted: Line['status'][]) => lines.filter((line) => wanted.includes(line.status)).length
  const [done, failed] = [count('succeeded', 'waiting', 'cancelled'), count('failed', 'partial')]
  const noun = operations.length === 1 ? ' hosts' : ''
  const share = (number: number) => `${(number / lines.length) * 100}%`
  return (
    <div className="space-y-3">
      <div className="flex items-baseline justify-between gap-3 text-13" aria-live="polite">
        <span className="font-medium">
          {done + failed === lines.length
            ? failed === 0
              ? 'Done on every host'
              : `Failed on ${failed} of ${lines.length}${noun}`
            : progressWords(doing, lines)}
        </span>
        {failed > 0 && <span className="text-12 text-muted">Holdfast goes on trying.</span>}
      </div>
      <div className="flex h-1.5 overflow-hidden rounded-full bg-fill-track" aria-hidden>
        <div className="bg-healthy transition-[width]" style={{ width: share(done) }} />
        <div className="bg-critical transition-[width]" style={{ width: share(failed) }} />
      </div>
      <ul
        className="max-h-[46dvh] divide-y divide-line overflow-y-auto rounded-md border border-line"
        aria-label="Hosts"
      >
        {lines.map((line) => (
          <li key={line.key} className="px-3.5 py-2 text-13">
            <div className="flex items-center gap-3">
              <span className="min-w-0 flex-1 truncate">
                {line.about && <span className="font-medium">{line.about} </span>}
                <span className={line.about ? 'text-muted' : 'font-medium'}>
                  {line.about && 'on '}
                  {line.host_name}
                </span>
              </span>
              <span className="min-w-0 truncate text-12 text-muted max-sm:hidden">
                {!OVER.has(line.status) && line.said}
              </span>
              <Status {...operationStatus(line.status)} />
            </div>
            {line.error && line.status === 'failed' && (
              <Note kind="critical" title={line.error.message} className="mt-2">
                {line.error.recovery}
                <Evidence explanation={line.error.explanation} className="mt-1" />
              </Note>
            )}
          </li>
        ))}
      </ul>
    </div>
  )
}
