'use client'

import { Check } from 'lucide-react'
import Link from 'next/link'
import { useTestBackends } from '@/components/backends/use-backend-actions'
import { useMay } from '@/components/layout/person'
import { AttemptNote } from '@/components/mounts/attempt-note'
import type { SyncOrder, useSync } from '@/components/mounts/use-sync'
import { hrefOf, openWord, reachWords } from '@/components/overview/cause-words'
import { Button, ButtonLink, IconButton } from '@/components/ui/button'
import { RelativeTime } from '@/components/ui/relative-time'
import { StatusShape } from '@/components/ui/status'
import type { CauseView } from '@/lib/attention/schema'

type Syncing = ReturnType<typeof useSync>

/** The mount that a retry may help; undefined where none does. */
export function orderOf({ remedy, reach }: CauseView): SyncOrder | undefined {
  const [mount] = reach.mounts.first
  return remedy === 'sync' && mount ? { mount } : undefined
}

/** The one thing that helps. */
function Help({ cause, syncing }: { cause: CauseView; syncing: Syncing }) {
  const test = useTestBackends()
  const canTest = useMay('backends.test')
  const canMount = useMay('mounts.write')
  const order = orderOf(cause)
  if (order && canMount) {
    return (
      <Button size="sm" pending={syncing.isPending} onClick={() => syncing.sync(order)}>
        Retry
      </Button>
    )
  }
  const ids = cause.reach.backends.first.map(({ id }) => id)
  if (cause.remedy === 'test' && canTest && ids.length > 0) {
    return (
      <Button size="sm" pending={test.isPending} onClick={() => test.mutate({ ids, watch: ids.length === 1 })}>
        Test
      </Button>
    )
  }
  return (
    <ButtonLink size="sm" href={hrefOf(cause)}>
      {cause.remedy === null ? openWord(cause) : 'Open'}
    </ButtonLink>
  )
}

/** The sentence of a cause, its subject as the way there, and what it takes with it. */
export function CauseSentence({ cause, className }: { cause: CauseView; className?: string }) {
  const { subject, title, since } = cause
  const rest = title.slice(subject.name.length)
  const reach = reachWords(cause)
  return (
    <p className={className}>
      <Link href={hrefOf(cause)} prefetch={false} className="font-medium hover:underline">
        {subject.name}
      </Link>
      {reach === '' ? rest : rest.replace(/\.$/, '')} <span className="text-muted">{reach}</span>
      {since && (
        <span className="text-12 text-muted sm:hidden">
          {' · '}
          <RelativeTime at={since} />
        </span>
      )}
    </p>
  )
}

/** One cause: what is wrong, with its reach, since when, and the button that helps. */
export function AttentionLine({
  cause,
  syncing,
  onAcknowledge,
}: {
  cause: CauseView
  syncing: Syncing
  onAcknowledge: () => void
}) {
  const canAcknowledge = useMay('attention.write')
  const order = orderOf(cause)
  const attempt = order && syncing.attemptOf(order)
  return (
    <li className="flex flex-wrap items-center gap-2.5 px-4 py-2 text-13 max-sm:items-start">
      <StatusShape tone={cause.severity} title={cause.severity} className="max-sm:mt-1" />
      <div className="min-w-0 flex-1">
        <CauseSentence cause={cause} className="break-words" />
        {cause.advice && (
          <p title={cause.advice} className="break-words text-12 text-muted sm:truncate">
            {cause.advice}
          </p>
        )}
      </div>
      {/* Widths of their own, so that times and buttons stand one below the other whatever they say. */}
      <span className="min-w-18 shrink-0 whitespace-nowrap text-12 text-muted max-sm:hidden">
        {cause.since && <RelativeTime at={cause.since} />}
      </span>
      <span className="flex shrink-0 justify-end sm:w-22">
        <Help cause={cause} syncing={syncing} />
      </span>
      {canAcknowledge && (
        <IconButton
          icon={Check}
          label={`Acknowledge ${cause.subject.name}`}
          onClick={onAcknowledge}
          className="-ml-1.5 -mr-1.5 size-7"
        />
      )}
      {attempt && <AttemptNote operationId={attempt.operationId} className="ml-5.5 basis-full" />}
    </li>
  )
}
