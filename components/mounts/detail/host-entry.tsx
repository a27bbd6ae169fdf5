'use client'

import { ChevronDown, RefreshCw, Waypoints } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { useMay } from '@/components/layout/person'
import { DriftNote } from '@/components/mounts/detail/drift-note'
import { type HostDeed, HostMenu } from '@/components/mounts/detail/host-menu'
import { HostOptions, HostRemarks } from '@/components/mounts/detail/host-remarks'
import { HostTrouble, hasWords } from '@/components/mounts/detail/host-trouble'
import { NodeNote } from '@/components/mounts/detail/node-note'
import { helpOnHost } from '@/components/mounts/help'
import { Button } from '@/components/ui/button'
import { Capacity } from '@/components/ui/bytes'
import { cn } from '@/components/ui/cn'
import { RelativeTime, SinceTime } from '@/components/ui/relative-time'
import { Badge, Status } from '@/components/ui/status'
import { spaceOfUsage } from '@/lib/fullness'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import { isWrong, wordOnHost } from '@/lib/mounts/state'

/** The columns of a host's line; a phone has the name, the state and the menu. Only of a storage that each host has for itself there are figures per host. */
export function hostGrid(hasFigures: boolean): string {
  return cn(
    'grid grid-cols-[minmax(0,1fr)_auto_auto] gap-x-2 md:gap-x-4',
    hasFigures
      ? 'md:grid-cols-[minmax(0,1.1fr)_88px_minmax(0,1.3fr)_minmax(0,1.4fr)_184px]'
      : 'md:grid-cols-[minmax(0,1.2fr)_88px_minmax(0,1.6fr)_208px]',
  )
}

function Wanted({ entry }: { entry: MountOnHostView }) {
  const word = entry.desired_state === 'mounted' ? 'Mounted' : 'Unmounted'
  return (
    <span className={cn('max-md:order-3 max-md:text-12', !isWrong(entry) && 'max-md:hidden')}>
      <span className="mr-1 text-muted md:hidden">Wanted</span>
      <span
        className={cn(isWrong(entry) && 'rounded-sm bg-warning-soft px-1 font-medium text-warning md:-ml-1')}
        title="Wanted"
      >
        {word}
      </span>
    </span>
  )
}

function Found({ entry }: { entry: MountOnHostView }) {
  const stale = entry.host_status !== 'online'
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-2 max-md:order-1 max-md:justify-self-end">
      <Status {...wordOnHost(entry)} className={stale ? 'opacity-70' : ''} />
      {entry.held_by !== null && <Badge>Waits for its wave</Badge>}
      {stale ? (
        <span className="text-12 text-muted max-md:hidden">
          seen <RelativeTime at={entry.observed_at} />
        </span>
      ) : (
        entry.since && <SinceTime at={entry.since} className="text-12 text-muted max-md:hidden" />
      )}
    </span>
  )
}

function Figures({ usage }: Pick<MountOnHostView, 'usage'>) {
  return (
    <span className={cn('min-w-0 text-12 text-muted max-md:order-4 max-md:col-span-3', !usage && 'max-md:hidden')}>
      {usage ? <Capacity space={spaceOfUsage(usage)} withPercent /> : '–'}
    </span>
  )
}

/** What helps now. */
function Buttons({ entry, onDo }: { entry: MountOnHostView; onDo: (deed: HostDeed) => void }) {
  if (!useMay('mounts.write')) return null
  return (
    <>
      {helpOnHost(entry).includes('retry') && (
        <Button size="sm" icon={RefreshCw} onClick={() => onDo('retry')}>
          Retry
        </Button>
      )}
      {entry.desired_state === 'unmounted' && !entry.removing && (
        <Button
          size="sm"
          icon={Waypoints}
          disabled={wordOnHost(entry).tone === 'working' || entry.held_by !== null}
          onClick={() => onDo('mount')}
        >
          Mount
        </Button>
      )}
    </>
  )
}

export interface HostEntryProps {
  mount: MountView
  entry: MountOnHostView
  hasFigures: boolean
  /** What is wrong here, and what to do, stands above all hosts. */
  isSaidAbove: boolean
  /** The operation of the latest retry here. */
  attempt: string | undefined
  onDo: (deed: HostDeed) => void
}

/** One host of a mount: a line while all is well, and what to know and to do when it is not. */
export function HostEntry({ mount, entry, hasFigures, isSaidAbove, attempt, onDo }: HostEntryProps) {
  const [showsOptions, setShowsOptions] = useState(false)
  const [showsAdvice, setShowsAdvice] = useState(false)
  return (
    <li className="px-4 py-2">
      <div className={cn(hostGrid(hasFigures), 'min-h-7 items-center gap-y-1 text-13')}>
        <Link
          href={`/hosts/${entry.host_id}`}
          prefetch={false}
          className="flex min-w-0 flex-wrap gap-x-2 font-medium hover:underline"
        >
          <span className="max-w-full truncate">{entry.host_name}</span>
          {entry.host_status !== 'online' && <span className="font-normal text-warning">host {entry.host_status}</span>}
        </Link>
        <Wanted entry={entry} />
        <Found entry={entry} />
        {hasFigures && <Figures usage={entry.usage} />}
        <span className="flex items-center justify-end gap-1.5 max-md:contents">
          <span className="flex items-center justify-end gap-1.5 empty:hidden max-md:order-5 max-md:col-span-3">
            {isSaidAbove && hasWords(entry) && (
              <Button
                size="sm"
                variant="ghost"
                icon={ChevronDown}
                aria-expanded={showsAdvice}
                onClick={() => setShowsAdvice(!showsAdvice)}
              >
                Advice
              </Button>
            )}
            <Buttons entry={entry} onDo={onDo} />
          </span>
          <span className="max-md:order-2">
            <HostMenu
              mount={mount}
              entry={entry}
              onDo={onDo}
              showsOptions={showsOptions}
              onToggleOptions={() => setShowsOptions(!showsOptions)}
            />
          </span>
        </span>
      </div>
      <DriftNote mount={mount} entry={entry} onRepair={() => onDo('retry')} onTakeOver={() => onDo('take_over')} />
      <HostTrouble mount={mount} entry={entry} showsWords={!isSaidAbove || showsAdvice} attempt={attempt} />
      {entry.node && <NodeNote node={entry.node} />}
      <HostRemarks entry={entry} />
      {showsOptions && <HostOptions mount={mount} entry={entry} />}
    </li>
  )
}
