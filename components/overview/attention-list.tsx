'use client'

import Link from 'next/link'
import { useState } from 'react'
import { useTestBackends } from '@/components/backends/use-backend-actions'
import { useMay } from '@/components/layout/person'
import { AttemptNote } from '@/components/mounts/attempt-note'
import { useSync } from '@/components/mounts/use-sync'
import type { Matter } from '@/components/overview/attention'
import { Button, ButtonLink } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import { RelativeTime } from '@/components/ui/relative-time'
import { StatusShape } from '@/components/ui/status'

const SHOWN = 8
/** So many host names are written out. */
const HOSTS_NAMED = 2

function Help({ matter, syncing }: { matter: Matter; syncing: ReturnType<typeof useSync> }) {
  const test = useTestBackends()
  const canTest = useMay('backends.test')
  const canMount = useMay('mounts.write')
  const { help } = matter
  if (help.kind === 'test' && canTest) {
    return (
      <Button size="sm" pending={test.isPending} onClick={() => test.mutate({ ids: [help.backendId], watch: true })}>
        Test
      </Button>
    )
  }
  if (help.kind === 'sync' && canMount) {
    return (
      <Button size="sm" pending={syncing.isPending} onClick={() => syncing.sync({ mount: help.mount })}>
        Retry
      </Button>
    )
  }
  return (
    <ButtonLink size="sm" href={matter.href}>
      {help.kind === 'open' ? help.label : 'Open'}
    </ButtonLink>
  )
}

/** What came of the latest retry, for as long as the line is there. */
function Outcome({ matter, syncing }: { matter: Matter; syncing: ReturnType<typeof useSync> }) {
  const attempt = matter.help.kind === 'sync' ? syncing.attemptOf({ mount: matter.help.mount }) : undefined
  return attempt ? <AttemptNote operationId={attempt.operationId} className="ml-5.5 basis-full" /> : null
}

/** What was retried here and needs nobody any more: its line has gone, the news of it stays. */
function Settled({
  matters,
  syncing,
  className,
}: {
  matters: Matter[]
  syncing: ReturnType<typeof useSync>
  className?: string
}) {
  const isListed = (mountId: string) => matters.some(({ help }) => help.kind === 'sync' && help.mount.id === mountId)
  const settled = syncing.attempts.filter(({ mount }) => !isListed(mount.id))
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

function onHosts(hosts: string[]): string {
  if (hosts.length === 0) return ''
  if (hosts.length <= HOSTS_NAMED) return `on ${hosts.join(' and ')}`
  return `on ${hosts.slice(0, HOSTS_NAMED).join(', ')} and ${hosts.length - HOSTS_NAMED} more`
}

/** Worst first, one line each, with the one button that helps. */
export function AttentionList({ matters }: { matters: Matter[] }) {
  const [all, setAll] = useState(false)
  // Here and not in the line: a line goes away as soon as the retry has worked, a review stays until it is closed.
  const syncing = useSync()
  if (matters.length === 0) {
    return (
      <section aria-label="Needs attention" className="panel flex flex-wrap items-center gap-2.5 px-4 py-3 text-13">
        <StatusShape tone="healthy" />
        <p>Everything is as you want it.</p>
        {syncing.review}
        <Settled matters={matters} syncing={syncing} />
      </section>
    )
  }
  const shown = all ? matters : matters.slice(0, SHOWN)
  return (
    <section aria-labelledby="attention" className="panel">
      <h2 id="attention" className="flex min-h-11 items-center gap-2 border-b border-line px-4 text-13 font-semibold">
        Needs attention
        <span className="tabular rounded-full bg-hover px-1.5 font-normal text-12 text-muted">{matters.length}</span>
      </h2>
      <ul className="divide-y divide-line">
        {shown.map((matter) => (
          <li key={matter.id} className="flex flex-wrap items-center gap-2.5 px-4 py-2 text-13 max-sm:items-start">
            <StatusShape tone={matter.tone} title={matter.tone} className="max-sm:mt-1" />
            <p className="min-w-0 flex-1 break-words">
              <Link href={matter.href} prefetch={false} className="font-medium hover:underline">
                {matter.name}
              </Link>
              {matter.hosts.length > 0 ? matter.what.replace(/\.$/, '') : matter.what}{' '}
              <span className="text-muted">{onHosts(matter.hosts)}</span>
              {matter.since && (
                <span className="text-12 text-muted sm:hidden">
                  {' · '}
                  <RelativeTime at={matter.since} />
                </span>
              )}
            </p>
            {matter.since && (
              <RelativeTime at={matter.since} className="hidden shrink-0 text-12 text-muted sm:inline" />
            )}
            <Help matter={matter} syncing={syncing} />
            <Outcome matter={matter} syncing={syncing} />
          </li>
        ))}
      </ul>
      {matters.length > shown.length && (
        <button
          type="button"
          onClick={() => setAll(true)}
          className="h-9 w-full rounded-b-lg border-t border-line text-13 text-muted hover:bg-hover hover:text-ink"
        >
          Show {matters.length - shown.length} more
        </button>
      )}
      {syncing.review}
      <Settled matters={matters} syncing={syncing} className="border-t border-line px-4 py-2" />
    </section>
  )
}
