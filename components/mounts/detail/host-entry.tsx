'use client'

import { ChevronDown, Ellipsis, Gauge, ListChecks, RefreshCw, SlidersHorizontal, Unplug, Waypoints } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { useMay } from '@/components/layout/person'
import { DriftNote } from '@/components/mounts/detail/drift-note'
import { HostTrouble, hasWords } from '@/components/mounts/detail/host-trouble'
import { NodeNote } from '@/components/mounts/detail/node-note'
import { helpOnHost } from '@/components/mounts/help'
import { Button, IconButton } from '@/components/ui/button'
import { Bytes, Capacity } from '@/components/ui/bytes'
import { cn } from '@/components/ui/cn'
import { CodeBlock } from '@/components/ui/code-block'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { RelativeTime } from '@/components/ui/relative-time'
import { Badge, Status } from '@/components/ui/status'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import { isWrong, traitsOf, wordOnHost } from '@/lib/mounts/state'

/** The columns of a host's line; a phone has two. */
export const HOST_GRID =
  'grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 md:grid-cols-[minmax(0,1.1fr)_88px_minmax(0,1.3fr)_minmax(0,1.2fr)_208px]'

function Wanted({ entry }: { entry: MountOnHostView }) {
  const word = entry.desired_state === 'mounted' ? 'Mounted' : 'Unmounted'
  return (
    <span
      className={cn(isWrong(entry) && 'rounded-sm bg-warning-soft px-1 font-medium text-warning md:-ml-1')}
      title="Wanted"
    >
      {word}
    </span>
  )
}

/** What is other here than everywhere, in a line. */
function Differences({ overrides }: { overrides: NonNullable<MountOnHostView['overrides']> }) {
  const words = [
    overrides.mount_point && `at ${overrides.mount_point}`,
    overrides.read_only !== undefined && (overrides.read_only ? 'read only' : 'read and write'),
    ...Object.entries(overrides.config ?? {}).map(([key, value]) => `${key}=${String(value)}`),
  ].filter(Boolean)
  return (
    <span className="min-w-0 break-words">
      Different here: <span className="text-ink">{words.join(', ')}</span>
    </span>
  )
}

/** Asked for against in force, on request. */
function Options({ mount, entry }: { mount: MountView; entry: MountOnHostView }) {
  return (
    <div className="mt-2 text-12 text-muted">
      <dl className="grid gap-x-3 gap-y-1 sm:grid-cols-[80px_minmax(0,1fr)]">
        <dt className="pt-1">Asked for</dt>
        <dd className="min-w-0">
          <CodeBlock text={entry.asked_options ?? mount.asked_options} label="Options asked for" />
        </dd>
        {entry.protocol !== null && (
          <>
            <dt>Protocol</dt>
            <dd>{entry.protocol}</dd>
          </>
        )}
        <dt className="pt-1">In force</dt>
        <dd className="min-w-0">
          {entry.options === null ? (
            <p className="pt-1">Nothing is mounted.</p>
          ) : (
            <CodeBlock text={entry.options} label="Options in force" />
          )}
        </dd>
      </dl>
      {entry.drift && entry.drift.differences.length > 0 && (
        <p className="mt-1">
          Different:{' '}
          {entry.drift.differences
            .map(({ asked, effective }) => `${asked ?? 'nothing'} asked, ${effective ?? 'nothing'} in force`)
            .join('; ')}
          .
        </p>
      )}
    </div>
  )
}

function Pending({ pending }: { pending: NonNullable<MountOnHostView['usage']>['pending'] }) {
  if (!pending || pending.files === 0) return null
  return (
    <p className="mt-1.5 text-12 text-muted">
      {pending.files} {pending.files === 1 ? 'file waits' : 'files wait'} for upload
      {pending.bytes !== null && (
        <>
          {' '}
          (<Bytes value={pending.bytes} />)
        </>
      )}
      . An unmount waits for them.
    </p>
  )
}

export interface HostDeeds {
  onRetry: () => void
  onAct: (verb: 'mount' | 'unmount') => void
  onCheck: () => void
  onOverride: () => void
  onAbandon: () => void
  onTakeOver: () => void
}

function HostMenu({
  mount,
  entry,
  deeds,
  showsOptions,
  onToggleOptions,
}: {
  mount: MountView
  entry: MountOnHostView
  deeds: Pick<HostDeeds, 'onAct' | 'onCheck' | 'onOverride' | 'onAbandon'>
  showsOptions: boolean
  onToggleOptions: () => void
}) {
  const canWrite = useMay('mounts.write')
  const canAbandon = useMay('mounts.abandon')
  const isReadOnly = entry.overrides?.read_only ?? mount.read_only
  const isBusy = wordOnHost(entry).tone === 'working' || entry.held_by !== null
  const mayTakeAway = canWrite && entry.desired_state === 'mounted' && entry.drift?.kind !== 'unmounted'
  const mayAbandon = canAbandon && (entry.removing || mount.removing || traitsOf(entry.state).isAbandonable === true)
  return (
    <Menu trigger={<IconButton icon={Ellipsis} label={`More for ${entry.host_name}`} />}>
      {canWrite && (
        <MenuItem icon={SlidersHorizontal} disabled={entry.removing} onSelect={deeds.onOverride}>
          {entry.overrides ? 'Change what is different here' : 'Make different here'}
        </MenuItem>
      )}
      {canWrite && (
        <MenuItem
          icon={Gauge}
          disabled={entry.state !== 'mounted' || entry.host_status !== 'online' || isReadOnly}
          onSelect={deeds.onCheck}
        >
          Check reads and writes
        </MenuItem>
      )}
      <MenuItem icon={ListChecks} onSelect={onToggleOptions}>
        {showsOptions ? 'Hide mount options' : 'Show mount options'}
      </MenuItem>
      {(mayTakeAway || mayAbandon) && <MenuSeparator />}
      {mayTakeAway && (
        <MenuItem icon={Unplug} disabled={isBusy} onSelect={() => deeds.onAct('unmount')}>
          Unmount
        </MenuItem>
      )}
      {mayAbandon && (
        <MenuItem icon={Unplug} danger onSelect={deeds.onAbandon}>
          Abandon this mount
        </MenuItem>
      )}
    </Menu>
  )
}

/** One host of a mount: a line while all is well, and what to know and to do when it is not. */
export function HostEntry({
  mount,
  entry,
  isSaidAbove,
  attempt,
  onRetry,
  onAct,
  onCheck,
  onOverride,
  onAbandon,
  onTakeOver,
}: HostDeeds & {
  mount: MountView
  entry: MountOnHostView
  /** What is wrong here, and what to do, stands above all hosts. */
  isSaidAbove: boolean
  /** The operation of the latest retry here. */
  attempt: string | undefined
}) {
  const canWrite = useMay('mounts.write')
  const [showsOptions, setShowsOptions] = useState(false)
  const [showsAdvice, setShowsAdvice] = useState(false)
  const help = helpOnHost(entry)
  const state = wordOnHost(entry)
  const stale = entry.host_status !== 'online'
  return (
    <li className="px-4 py-2">
      <div className={cn(HOST_GRID, 'min-h-7 items-center gap-y-1 text-13')}>
        <Link
          href={`/hosts/${entry.host_id}`}
          prefetch={false}
          className="flex min-w-0 flex-wrap gap-x-2 font-medium hover:underline"
        >
          <span className="max-w-full truncate">{entry.host_name}</span>
          {stale && <span className="font-normal text-warning">host {entry.host_status}</span>}
        </Link>
        <span className={cn('max-md:order-3 max-md:text-12', !isWrong(entry) && 'max-md:hidden')}>
          <span className="mr-1 text-muted md:hidden">Wanted</span>
          <Wanted entry={entry} />
        </span>
        <span className="flex min-w-0 flex-wrap items-center gap-x-2 max-md:justify-self-end">
          <Status {...state} className={stale ? 'opacity-70' : ''} />
          {entry.held_by !== null && <Badge>Waits for its wave</Badge>}
          <span className="text-12 text-muted max-md:hidden">
            {stale ? (
              <>
                seen <RelativeTime at={entry.observed_at} />
              </>
            ) : (
              entry.since && (
                <>
                  since <RelativeTime at={entry.since} />
                </>
              )
            )}
          </span>
        </span>
        <span className={cn('min-w-0 text-12 text-muted max-md:order-4', !entry.usage && 'max-md:hidden')}>
          {entry.usage ? <Capacity used={entry.usage.usedBytes} total={entry.usage.totalBytes} /> : '–'}
        </span>
        <span className="flex items-center justify-end gap-1.5 max-md:order-5 max-md:col-span-2">
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
          {canWrite && help.includes('retry') && (
            <Button size="sm" icon={RefreshCw} onClick={onRetry}>
              Retry
            </Button>
          )}
          {canWrite && entry.desired_state === 'unmounted' && !entry.removing && (
            <Button
              size="sm"
              icon={Waypoints}
              disabled={state.tone === 'working' || entry.held_by !== null}
              onClick={() => onAct('mount')}
            >
              Mount
            </Button>
          )}
          <HostMenu
            mount={mount}
            entry={entry}
            deeds={{ onAct, onCheck, onOverride, onAbandon }}
            showsOptions={showsOptions}
            onToggleOptions={() => setShowsOptions(!showsOptions)}
          />
        </span>
      </div>
      <DriftNote mount={mount} entry={entry} onRepair={onRetry} onTakeOver={onTakeOver} />
      <HostTrouble mount={mount} entry={entry} showsWords={!isSaidAbove || showsAdvice} attempt={attempt} />
      {entry.node && <NodeNote node={entry.node} />}
      <Pending pending={entry.usage?.pending} />
      {entry.overrides && (
        <p className="mt-1 text-12 text-muted">
          <Differences overrides={entry.overrides} />
        </p>
      )}
      {entry.moving_from !== null && (
        <p className="mt-1 break-words text-12 text-muted">
          Still at <span className="font-mono text-ink">{entry.moving_from}</span>, on its way to{' '}
          <span className="font-mono text-ink">{entry.mount_point}</span>
        </p>
      )}
      {showsOptions && <Options mount={mount} entry={entry} />}
    </li>
  )
}
