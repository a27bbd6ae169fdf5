'use client'

import { RefreshCw, TriangleAlert } from 'lucide-react'
import { Advice } from '@/components/data/advice'
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
  onRetry?: () => void
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

/** What the host says, and what there is to do about it. */
function Words({ entry }: { entry: MountOnHostView }) {
  return (
    <div className="min-w-0 space-y-1 break-words">
      {entry.error && (
        <p className="flex items-start gap-2">
          <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
          <span className="min-w-0">{entry.error}</span>
        </p>
      )}
      {entry.advice && (
        <p className="ml-6 text-muted">
          <Advice>{entry.advice}</Advice>
        </p>
      )}
      <Evidence explanation={entry.explanation} className="ml-6" />
    </div>
  )
}

export function hasWords({ drift, error, advice }: MountOnHostView): boolean {
  return drift === null && (error !== null || advice !== null)
}

/** What is wrong, what to do, and what came of the latest retry. `showsWords` is off where the same stands above all hosts. */
export function HostTrouble({
  mount,
  entry,
  showsWords,
  attempt,
}: {
  mount: MountView
  entry: MountOnHostView
  showsWords: boolean
  attempt: string | undefined
}) {
  const isShown = showsWords && hasWords(entry)
  // The retry stands in the line itself.
  const help = helpOnHost(entry).filter((one) => one !== 'retry')
  if (!isShown && attempt === undefined) return null
  return (
    <div className={cn('mt-2 space-y-2 text-13', isShown && 'rounded-md border border-line bg-sunken px-3 py-2')}>
      {isShown && <Words entry={entry} />}
      {attempt !== undefined && (
        <AttemptNote operationId={attempt} isBrief={hasWords(entry)} className={cn(isShown && 'ml-6')} />
      )}
      {isShown && help.length > 0 && (
        <div className="ml-6 flex flex-wrap gap-1.5 empty:hidden">
          <HelpButtons help={help} backendId={mount.backend.id} hostId={entry.host_id} />
        </div>
      )}
    </div>
  )
}
