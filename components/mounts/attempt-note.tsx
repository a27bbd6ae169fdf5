'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Advice } from '@/components/data/advice'
import { Evidence } from '@/components/data/evidence'
import { isRunning, operationOne } from '@/components/data/queries'
import { progressWords } from '@/components/plans/progress-words'
import { cn } from '@/components/ui/cn'
import { RelativeTime } from '@/components/ui/relative-time'
import { StatusShape } from '@/components/ui/status'
import type { OperationView } from '@/lib/operations/schema'
import type { Tone } from '@/lib/tones'

/** So many different failures are written out; the log has all. */
const SHOWN = 3

/** How it ended in a few words, or that it goes on. */
export function outcomeOf(operation: Pick<OperationView, 'status' | 'hosts'> | undefined): {
  tone: Tone
  words: string
} {
  if (!operation) return { tone: 'working', words: 'Retrying' }
  if (isRunning(operation)) return { tone: 'working', words: progressWords('Retrying', operation.hosts) }
  const failed = operation.hosts.filter(({ status }) => status === 'failed' || status === 'partial').length
  if (failed > 0 || operation.status === 'failed') {
    const on = operation.hosts.length > 1 ? ` on ${failed} of ${operation.hosts.length} hosts` : ''
    return { tone: 'critical', words: `Retried: it still fails${on}` }
  }
  if (operation.hosts.some(({ status }) => status === 'waiting'))
    return { tone: 'off', words: 'Retried: the host is away, and follows when it returns' }
  if (operation.status === 'cancelled') return { tone: 'off', words: 'Cancelled' }
  return { tone: 'healthy', words: 'Retried: it works now' }
}

type Failure = NonNullable<OperationView['error']>

/** What differs from host to host, such as an address, tells no other problem. */
function sameness({ message, recovery }: Failure): string {
  return `${message.replaceAll(/\d+/g, '0')} ${recovery}`
}

/** What the hosts say, each thing once; the operation's own words sum that up, and stand alone where no host has any. */
export function errorsOf({ hosts, error }: Pick<OperationView, 'hosts' | 'error'>): Failure[] {
  const said = hosts.flatMap((host) => (host.error ? [host.error] : []))
  const all = said.length === 0 && error !== null ? [error] : said
  const groups = [...Map.groupBy(all, sameness).values()].slice(0, SHOWN)
  return groups.flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const more = others.filter(({ message }) => message !== first.message).length
    return [more === 0 ? first : { ...first, message: `${first.message} And ${more} more like it.` }]
  })
}

/**
 * What came of a retry, where it was asked for; it stays until the next one. `isBrief` where what is wrong, and what to do, stands
 * beside it already.
 */
export function AttemptNote({
  operationId,
  isBrief = false,
  className,
}: {
  operationId: string
  isBrief?: boolean
  className?: string
}) {
  const { data: operation } = useQuery(operationOne(operationId))
  const { tone, words } = outcomeOf(operation)
  const isOver = operation !== undefined && !isRunning(operation)
  const said = operation?.lines.at(-1)?.message
  return (
    <div role="status" className={cn('min-w-0 text-13', className)}>
      <p className="flex min-w-0 flex-wrap items-center gap-x-2">
        <StatusShape tone={tone} />
        <span className="font-medium">{words}</span>
        {isOver ? (
          <span className="text-12 text-muted">
            <RelativeTime at={operation.finished_at} />
          </span>
        ) : (
          said && <span className="min-w-0 truncate text-12 text-muted">{said}</span>
        )}
        <Link
          href={`/operations/${operationId}`}
          prefetch={false}
          className="relative z-10 text-12 text-muted underline hover:text-ink"
        >
          Log
        </Link>
      </p>
      {!isBrief &&
        isOver &&
        errorsOf(operation).map((error) => (
          <div key={`${error.message} ${error.recovery}`} className="mt-1 ml-5 space-y-0.5 break-words">
            <p>{error.message}</p>
            <p className="text-muted">
              <Advice>{error.recovery}</Advice>
            </p>
            <Evidence explanation={error.explanation} />
          </div>
        ))}
    </div>
  )
}
