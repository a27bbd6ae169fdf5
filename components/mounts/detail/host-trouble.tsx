'use client'

import { ChevronDown, RefreshCw, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { Evidence } from '@/components/data/evidence'
import { useMay } from '@/components/layout/person'
import { AttemptNote } from '@/components/mounts/attempt-note'
import { type Help, helpOnHost } from '@/components/mounts/help'
import { Button, ButtonLink } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'

/** The buttons of what can help. */
export function HelpButtons({
  help,
  backendId,
  hostId,
  retryLabel = 'Retry',
  pending = false,
  onRetry,
}: {
  help: readonly Help[]
  backendId: string
  /** Of one host; without it there is none to look at. */
  hostId?: string
  retryLabel?: string
  pending?: boolean
  onRetry: () => void
}) {
  const canWrite = useMay('mounts.write')
  const canEdit = useMay('backends.write')
  return (
    <>
      {canWrite && help.includes('retry') && (
        <Button size="sm" icon={RefreshCw} pending={pending} onClick={onRetry}>
          {retryLabel}
        </Button>
      )}
      {canEdit && help.includes('settings') && (
        <ButtonLink size="sm" href={`/backends/${backendId}/edit`}>
          Fix settings
        </ButtonLink>
      )}
      {hostId !== undefined && help.includes('host') && (
        <ButtonLink size="sm" href={`/hosts/${hostId}`}>
          See the host
        </ButtonLink>
      )}
    </>
  )
}

/** What is wrong, what to do, and the buttons that help. Where the same stands above all hosts, the words come on request. */
export function HostTrouble({
  mount,
  entry,
  isSaidAbove,
  attempt,
  onRetry,
}: {
  mount: MountView
  entry: MountOnHostView
  isSaidAbove: boolean
  attempt: string | undefined
  onRetry: () => void
}) {
  const [isOpen, setOpen] = useState(false)
  const help = helpOnHost(entry)
  const hasWords = !entry.drift && (entry.error !== null || entry.advice !== null)
  if (!hasWords && help.length === 0 && attempt === undefined) return null
  const showsWords = hasWords && (isOpen || !isSaidAbove)
  return (
    <div className={cn('mt-2 space-y-2 text-13', showsWords && 'rounded-md border border-line bg-sunken px-3 py-2')}>
      {showsWords && (
        <div className="min-w-0 space-y-1 break-words">
          {entry.error && (
            <p className="flex items-start gap-2">
              <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
              <span className="min-w-0">{entry.error}</span>
            </p>
          )}
          {entry.advice && (
            <p className="ml-6 text-muted">
              <span className="font-medium text-ink">What to do: </span>
              {entry.advice}
            </p>
          )}
          <Evidence explanation={entry.explanation} className="ml-6" />
        </div>
      )}
      {attempt !== undefined && (
        <AttemptNote operationId={attempt} isBrief={hasWords} className={cn(showsWords && 'ml-6')} />
      )}
      <div className={cn('flex flex-wrap gap-1.5 empty:hidden', showsWords && 'ml-6')}>
        <HelpButtons help={help} backendId={mount.backend.id} hostId={entry.host_id} onRetry={onRetry} />
        {hasWords && isSaidAbove && (
          <Button size="sm" variant="ghost" icon={ChevronDown} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? 'Hide advice' : 'Show advice'}
          </Button>
        )}
      </div>
    </div>
  )
}
