'use client'

import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import { requestOne } from '@/components/data/request'
import { AttemptNote } from '@/components/mounts/attempt-note'
import { useSync } from '@/components/mounts/use-sync'
import { AttentionLine, orderOf } from '@/components/overview/attention-line'
import { isQuiet, Quiet } from '@/components/overview/quiet'
import { cn } from '@/components/ui/cn'
import { StatusShape } from '@/components/ui/status'
import type { AttentionView, CauseView } from '@/lib/attention/schema'

const AcknowledgeDialog = dynamic(
  () => import('@/components/alerts/acknowledge-dialog').then((module) => module.AcknowledgeDialog),
  { ssr: false },
)

const SHOWN = 8

/** What was retried here and needs nobody any more: its line has gone, the news of it stays. */
function Settled({
  open,
  syncing,
  className,
}: {
  open: readonly CauseView[]
  syncing: ReturnType<typeof useSync>
  className?: string
}) {
  const listed = new Set(open.map((cause) => orderOf(cause)?.mount.id))
  const settled = syncing.attempts.filter(({ mount }) => !listed.has(mount.id))
  if (settled.length === 0) return null
  return (
    <ul aria-label="Retried" className={cn('basis-full space-y-1 text-13', className)}>
      {settled.map(({ mount, operationId }) => (
        <li key={operationId} className="flex flex-wrap items-center gap-x-2">
          <Link href={`/mounts/${mount.id}`} prefetch={false} className="font-medium hover:underline">
            {mount.name}
          </Link>
          <AttemptNote operationId={operationId} isBrief />
        </li>
      ))}
    </ul>
  )
}

/** Worst first, one line per cause, with the one button that helps; what is acknowledged, or under maintenance, is folded away. */
export function AttentionList({ attention }: { attention: AttentionView }) {
  const [all, setAll] = useState(false)
  const [acknowledging, setAcknowledging] = useState<CauseView | null>(null)
  // Here and not in the line: a line goes away as soon as the retry has worked, a review stays until it is closed.
  const syncing = useSync()
  const open = attention.data.filter((cause) => !isQuiet(cause))
  const total = attention.total - attention.acknowledged - attention.in_maintenance
  const dialog = acknowledging && (
    <AcknowledgeDialog
      name={acknowledging.subject.name}
      title={acknowledging.title}
      send={(body) =>
        requestOne(`/api/v1/attention/${encodeURIComponent(acknowledging.id)}/acknowledgement`, {
          method: 'POST',
          body,
        })
      }
      onClose={() => setAcknowledging(null)}
    />
  )
  const quiet = <Quiet attention={attention} />
  if (total === 0) {
    return (
      <section aria-label="Needs attention" className="panel">
        <div className="flex flex-wrap items-center gap-2.5 px-4 py-3 text-13">
          <StatusShape tone="healthy" />
          <p>{attention.total === 0 ? 'Everything is as you want it.' : 'Nothing new needs attention.'}</p>
          {syncing.review}
          <Settled open={open} syncing={syncing} />
        </div>
        {quiet}
        {dialog}
      </section>
    )
  }
  const shown = all ? open : open.slice(0, SHOWN)
  const left = total - open.length
  return (
    <section aria-labelledby="attention" className="panel">
      <header className="flex min-h-11 items-center justify-between gap-3 border-b border-line px-4">
        <h2 id="attention" className="flex items-center gap-2 text-13 font-semibold">
          Needs attention
          <span className="tabular rounded-full bg-hover px-1.5 font-normal text-12 text-muted">{total}</span>
        </h2>
        <Link href="/alerts" prefetch={false} className="rounded-sm text-12 text-muted hover:text-ink">
          All alerts
        </Link>
      </header>
      <ul className="divide-y divide-line">
        {shown.map((cause) => (
          <AttentionLine key={cause.id} cause={cause} syncing={syncing} onAcknowledge={() => setAcknowledging(cause)} />
        ))}
      </ul>
      {open.length > shown.length && (
        <button
          type="button"
          onClick={() => setAll(true)}
          className="h-9 w-full border-t border-line text-13 text-muted hover:bg-hover hover:text-ink"
        >
          Show {open.length - shown.length} more
        </button>
      )}
      {left > 0 && open.length === shown.length && (
        <p className="border-t border-line px-4 py-2 text-12 text-muted">
          {left} more, with less reach. The lists of mounts and hosts have them all.
        </p>
      )}
      {syncing.review}
      <Settled open={open} syncing={syncing} className="border-t border-line px-4 py-2" />
      {quiet}
      {dialog}
    </section>
  )
}
