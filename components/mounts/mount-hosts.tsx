'use client'

import { TriangleAlert } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import { useMay } from '@/components/layout/person'
import { DriftNote } from '@/components/mounts/drift-note'
import { NodeNote } from '@/components/mounts/node-note'
import { isAsWanted, isWrong, mountOnHostStatus } from '@/components/mounts/status'
import { useSync } from '@/components/mounts/use-sync'
import { Button } from '@/components/ui/button'
import { Bytes, Capacity } from '@/components/ui/bytes'
import { cn } from '@/components/ui/cn'
import { CodeBlock } from '@/components/ui/code-block'
import { RelativeTime } from '@/components/ui/relative-time'
import { Badge, Status } from '@/components/ui/status'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'

const ActOnMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.ActOnMount), {
  ssr: false,
})
const AbandonMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.AbandonMount), {
  ssr: false,
})
const TakeOver = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.TakeOver), {
  ssr: false,
})
const HostOverrides = dynamic(
  () => import('@/components/mounts/host-overrides').then((module) => module.HostOverrides),
  { ssr: false },
)

/** States that only an administrator's "abandon" can end. */
const ABANDONABLE: readonly MountOnHostView['state'][] = ['hung', 'stuck', 'uncertain', 'corrupted', 'detached_dirty']
/** So many hosts are drawn before "show all". */
const DRAWN = 50

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

function Options({ mount, entry }: { mount: MountView; entry: MountOnHostView }) {
  if (!entry.options) return null
  return (
    <details className="min-w-0 open:w-full">
      <summary className="w-fit rounded-sm hover:text-ink">Options</summary>
      <dl className="mt-1 grid gap-x-3 gap-y-1 sm:grid-cols-[80px_minmax(0,1fr)]">
        <dt className="pt-1">Asked for</dt>
        <dd className="min-w-0">
          <CodeBlock text={entry.asked_options ?? mount.asked_options} label="Options asked for" />
        </dd>
        <dt className="pt-1">In force</dt>
        <dd className="min-w-0">
          <CodeBlock text={entry.options} label="Options in force" />
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
    </details>
  )
}

function HostEntry({
  mount,
  entry,
  onRetry,
  onAct,
  onOverride,
  onAbandon,
  onTakeOver,
}: {
  mount: MountView
  entry: MountOnHostView
  onRetry: () => void
  onAct: (verb: 'mount' | 'unmount') => void
  onOverride: () => void
  onAbandon: () => void
  onTakeOver: () => void
}) {
  const canWrite = useMay('mounts.write')
  const canAbandon = useMay('mounts.abandon')
  const state = mountOnHostStatus(entry)
  const stale = entry.host_status !== 'online'
  const verb = entry.desired_state === 'mounted' ? 'unmount' : 'mount'
  return (
    <li className="px-4 py-3">
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1.5 text-13 md:grid-cols-[minmax(0,1.2fr)_96px_minmax(0,1fr)_minmax(0,1.2fr)_148px]">
        <Link
          href={`/hosts/${entry.host_id}`}
          prefetch={false}
          className="flex min-w-0 flex-wrap gap-x-2 font-medium hover:underline"
        >
          <span className="max-w-full truncate">{entry.host_name}</span>
          {stale && <span className="font-normal text-warning">host {entry.host_status}</span>}
        </Link>
        <span className="max-md:order-3 max-md:text-12">
          <span className="mr-1 text-muted md:hidden">Wanted</span>
          <Wanted entry={entry} />
        </span>
        <span
          className={cn('flex min-w-0 flex-wrap items-center gap-x-2 max-md:justify-self-end', stale && 'opacity-70')}
        >
          <Status {...state} />
          {entry.held_by !== null && <Badge>Waits for its wave</Badge>}
        </span>
        <span className="min-w-0 text-12 text-muted max-md:order-4 max-md:justify-self-end">
          {entry.usage ? <Capacity used={entry.usage.usedBytes} total={entry.usage.totalBytes} /> : '–'}
        </span>
        {canWrite && (
          <span className="flex justify-end gap-1.5 max-md:order-5 max-md:col-span-2">
            {isWrong(entry) && !entry.drift && (
              <Button size="sm" onClick={onRetry}>
                Retry
              </Button>
            )}
            {entry.drift?.kind !== 'unmounted' && (
              <Button
                size="sm"
                disabled={state.tone === 'working' || entry.held_by !== null}
                onClick={() => onAct(verb)}
              >
                {verb === 'mount' ? 'Mount' : 'Unmount'}
              </Button>
            )}
          </span>
        )}
      </div>
      <DriftNote mount={mount} entry={entry} onRepair={onRetry} onTakeOver={onTakeOver} />
      {!entry.drift && (entry.error || entry.advice) && (
        <div className="mt-2 rounded-md border border-line bg-sunken px-3 py-2 text-13">
          {entry.error && (
            <p className="flex items-start gap-2 break-words">
              <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
              {entry.error}
            </p>
          )}
          {entry.advice && (
            <p className="mt-1 ml-6 text-muted">
              <span className="font-medium text-ink">What to do: </span>
              {entry.advice}
            </p>
          )}
          {canAbandon && ABANDONABLE.includes(entry.state) && (
            <Button size="sm" variant="ghost" className="mt-2 ml-4 text-critical" onClick={onAbandon}>
              Abandon this mount
            </Button>
          )}
        </div>
      )}
      {entry.node && <NodeNote node={entry.node} />}
      {entry.usage?.pending && entry.usage.pending.files > 0 && (
        <p className="mt-1.5 text-12 text-muted">
          {entry.usage.pending.files} {entry.usage.pending.files === 1 ? 'file waits' : 'files wait'} for upload
          {entry.usage.pending.bytes !== null && (
            <>
              {' '}
              (<Bytes value={entry.usage.pending.bytes} />)
            </>
          )}
          . An unmount waits for them.
        </p>
      )}
      <div className="mt-1 flex flex-wrap items-baseline gap-x-3 text-12 text-muted">
        <span>
          as of <RelativeTime at={entry.observed_at} />
          {entry.since && (
            <>
              , since <RelativeTime at={entry.since} />
            </>
          )}
        </span>
        {entry.overrides && <Differences overrides={entry.overrides} />}
        {canWrite && !entry.removing && (
          <button type="button" onClick={onOverride} className="rounded-sm hover:text-ink hover:underline">
            {entry.overrides ? 'Change' : 'Make different here'}
          </button>
        )}
        <Options mount={mount} entry={entry} />
      </div>
    </li>
  )
}

/** Wanted against found, host by host, the different ones first. */
export function MountHosts({ mount }: { mount: MountView }) {
  const { sync, isPending, review } = useSync()
  const [acting, setActing] = useState<{ verb: 'mount' | 'unmount'; hostId: string } | null>(null)
  const [abandoning, setAbandoning] = useState<string | null>(null)
  const [taking, setTaking] = useState<MountOnHostView | null>(null)
  const [overriding, setOverriding] = useState<string | null>(null)
  const overridden = mount.hosts.find((entry) => entry.host_id === overriding)
  const [all, setAll] = useState(false)
  const entries = mount.hosts.toSorted((a, b) => Number(isAsWanted(a)) - Number(isAsWanted(b)))
  const shown = all ? entries : entries.slice(0, DRAWN)
  const canWrite = useMay('mounts.write')
  const failed = mount.hosts.filter((entry) => !entry.removing && isWrong(entry)).map((entry) => entry.host_id)
  return (
    <section className="panel" aria-label="Hosts">
      {canWrite && mount.hosts.length > 1 && failed.length > 0 && (
        <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2 text-13">
          <span className="text-muted">
            {failed.length === 1 ? '1 host is' : `${failed.length} hosts are`} not as wanted.
          </span>
          <Button size="sm" pending={isPending} onClick={() => sync({ mount, hostIds: failed })}>
            Bring to wanted state
          </Button>
        </div>
      )}
      <div className="hidden grid-cols-[minmax(0,1.2fr)_96px_minmax(0,1fr)_minmax(0,1.2fr)_148px] gap-x-4 border-b border-line px-4 py-2 text-12 text-muted md:grid">
        <span>Host</span>
        <span>Wanted</span>
        <span>Found</span>
        <span>Used</span>
      </div>
      <ul className="divide-y divide-line">
        {shown.map((entry) => (
          <HostEntry
            key={entry.host_id}
            mount={mount}
            entry={entry}
            onRetry={() => sync({ mount, hostIds: [entry.host_id] })}
            onAct={(verb) => setActing({ verb, hostId: entry.host_id })}
            onOverride={() => setOverriding(entry.host_id)}
            onAbandon={() => setAbandoning(entry.host_id)}
            onTakeOver={() => setTaking(entry)}
          />
        ))}
      </ul>
      {entries.length === 0 && (
        <p className="px-4 py-3 text-13 text-muted">
          No host has it yet. {mount.targets === 'labels' && 'Hosts get it as soon as they carry its labels.'}
          {mount.targets === 'all' && 'Every host that joins gets it.'}
        </p>
      )}
      {shown.length < entries.length && (
        <button
          type="button"
          onClick={() => setAll(true)}
          className="h-10 w-full border-t border-line text-13 text-muted hover:bg-hover hover:text-ink"
        >
          Show all {entries.length} hosts
        </button>
      )}
      {review}
      {overridden && <HostOverrides mount={mount} entry={overridden} onClose={() => setOverriding(null)} />}
      {acting && (
        <ActOnMount mount={mount} verb={acting.verb} hostIds={[acting.hostId]} onClose={() => setActing(null)} />
      )}
      {abandoning && <AbandonMount mount={mount} hostIds={[abandoning]} onClose={() => setAbandoning(null)} />}
      {taking && <TakeOver mount={mount} entry={taking} onClose={() => setTaking(null)} />}
    </section>
  )
}
