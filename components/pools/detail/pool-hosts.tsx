'use client'

import { RefreshCw, TriangleAlert } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { Advice } from '@/components/data/advice'
import { CauseBanner } from '@/components/data/cause-banner'
import { type Cause, causesOf } from '@/components/data/causes'
import { Evidence } from '@/components/data/evidence'
import { HostFilter, HostListEnd, useHostFilter } from '@/components/hosts/host-filter'
import { useMay } from '@/components/layout/person'
import { wordOfPoolOnHost } from '@/components/pools/pool-words'
import type { usePoolActions } from '@/components/pools/use-pool-actions'
import { Button } from '@/components/ui/button'
import { Capacity, fillColour } from '@/components/ui/bytes'
import { cn } from '@/components/ui/cn'
import { RelativeTime, SinceTime } from '@/components/ui/relative-time'
import { Badge, Status } from '@/components/ui/status'
import { spaceOf } from '@/lib/fullness'
import type { PoolOnHostView, PoolView } from '@/lib/pools/schema'
import { TONE_ORDER } from '@/lib/tones'

/** So many hosts are drawn before "show all". */
const DRAWN = 25

/** Of one storage that hosts share the figures stand above, once. */
function hasFigures({ sharing, hosts }: PoolView): boolean {
  return sharing === 'own' || hosts.some((entry) => entry.data_percent !== null)
}

function gridOf(pool: PoolView): string {
  return cn(
    'grid grid-cols-[minmax(0,1fr)_auto] gap-x-4',
    hasFigures(pool)
      ? 'md:grid-cols-[minmax(0,1.2fr)_minmax(0,1.2fr)_minmax(0,1.6fr)_104px]'
      : 'md:grid-cols-[minmax(0,1.2fr)_minmax(0,1.6fr)_104px]',
  )
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function rankOf(entry: PoolOnHostView): number {
  return TONE_ORDER.indexOf(wordOfPoolOnHost(entry).tone)
}

function troubleOf({ error, explanation }: PoolOnHostView) {
  return { error, explanation, advice: explanation?.advice ?? null }
}

/** What several hosts say alike; what one says stands with it. */
function sharedCauses(hosts: readonly PoolOnHostView[]): Cause<PoolOnHostView>[] {
  return causesOf(hosts, troubleOf).filter(({ entries }) => entries.length > 1)
}

/** Data and metadata of a thin pool: the one that runs out first stops both. */
function ThinParts({ data_percent: data, metadata_percent: metadata }: PoolOnHostView) {
  if (data === null || metadata === null) return null
  const parts = [
    ['Data', data],
    ['Metadata', metadata],
  ] as const
  return (
    <span className="mt-1 flex flex-wrap gap-x-4 gap-y-0.5 text-12 text-muted">
      {parts.map(([label, percent]) => (
        <span key={label} className="inline-flex items-center gap-1.5">
          {label}
          <span aria-hidden className="relative h-1 w-10 overflow-hidden rounded-full bg-fill-track">
            <span
              className={cn('absolute inset-y-0 left-0 rounded-full', fillColour(percent))}
              style={{ width: `${Math.min(100, percent)}%` }}
            />
          </span>
          <span className="tabular text-ink">{percent.toFixed(percent < 10 ? 1 : 0)} %</span>
        </span>
      ))}
    </span>
  )
}

function Trouble({ entry }: { entry: PoolOnHostView }) {
  return (
    <div className="mt-2 space-y-1 break-words rounded-md border border-line bg-sunken px-3 py-2 text-13">
      <p className="flex items-start gap-2">
        <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
        <span className="min-w-0">{entry.error}</span>
      </p>
      {entry.explanation && (
        <p className="ml-6 text-muted">
          <Advice>{entry.explanation.advice}</Advice>
        </p>
      )}
      <Evidence explanation={entry.explanation} className="ml-6" />
      {entry.next_attempt_at && (
        <p className="ml-6 text-12 text-muted">
          Tried {entry.attempts} {entry.attempts === 1 ? 'time' : 'times'}, next{' '}
          <RelativeTime at={entry.next_attempt_at} />
        </p>
      )}
    </div>
  )
}

function HostLine({
  pool,
  entry,
  isSaidAbove,
  actions,
}: {
  pool: PoolView
  entry: PoolOnHostView
  isSaidAbove: boolean
  actions: ReturnType<typeof usePoolActions>
}) {
  const canWrite = useMay('pools.write')
  const isUnknown = entry.phase === 'UNKNOWN'
  const isKeeper = pool.keeper?.id === entry.host_id && pool.hosts.length > 1
  return (
    <li className="px-4 py-2">
      <div className={cn(gridOf(pool), 'min-h-7 items-center gap-y-1 text-13')}>
        <span className="flex min-w-0 flex-wrap items-center gap-x-2">
          <Link
            href={`/hosts/${entry.host_id}`}
            prefetch={false}
            className="min-w-0 truncate font-medium hover:underline"
          >
            {entry.host_name}
          </Link>
          {isKeeper && (
            <span title="It tells of the volumes and works on them. When it is away, another host takes over.">
              <Badge>Keeper</Badge>
            </span>
          )}
        </span>
        <span className="flex min-w-0 flex-wrap items-center gap-x-2 max-md:justify-self-end">
          <Status {...wordOfPoolOnHost(entry)} />
          {isUnknown ? (
            <span className="text-12 text-muted max-md:hidden">
              seen <RelativeTime at={entry.observed_at} />
            </span>
          ) : (
            entry.since && <SinceTime at={entry.since} className="text-12 text-muted max-md:hidden" />
          )}
        </span>
        {hasFigures(pool) && (
          <span className="min-w-0 text-12 text-muted max-md:order-3 max-md:col-span-2">
            <Capacity space={spaceOf(entry)} withPercent />
            <ThinParts {...entry} />
          </span>
        )}
        <span className="justify-self-end max-md:order-4 max-md:col-span-2 empty:hidden">
          {canWrite && entry.phase === 'ERROR' && (
            <Button
              size="sm"
              icon={RefreshCw}
              pending={actions.isReconnecting}
              onClick={() => actions.reconnect({ ...pool, hostIds: [entry.host_id] })}
            >
              Reconnect
            </Button>
          )}
        </span>
      </div>
      {entry.error !== null && !isSaidAbove && <Trouble entry={entry} />}
      {entry.libvirt_secret?.error && (
        <p className="mt-1 break-words text-12 text-muted">
          libvirt there does not know the key of this storage: {entry.libvirt_secret.error}
        </p>
      )}
    </li>
  )
}

function Head({ pool }: { pool: PoolView }) {
  return (
    <div className={cn(gridOf(pool), 'border-b border-line px-4 py-2 text-12 text-muted max-md:hidden')}>
      <span>Host</span>
      <span>State</span>
      {hasFigures(pool) && <span>Used</span>}
      <span />
    </div>
  )
}

/** The pool on each of its hosts, the troubled ones first. */
export function PoolHosts({ pool, actions }: { pool: PoolView; actions: ReturnType<typeof usePoolActions> }) {
  const [all, setAll] = useState(false)
  const { shown, isLong, filter } = useHostFilter(pool.hosts)
  const shared = sharedCauses(pool.hosts)
  const saidAbove = new Set(shared.flatMap(({ entries }) => entries.map(({ host_id }) => host_id)))
  const entries = shown.toSorted((a, b) => rankOf(a) - rankOf(b) || collator.compare(a.host_name, b.host_name))
  const drawn = all ? entries : entries.slice(0, DRAWN)
  return (
    <div className="space-y-5">
      {shared.map((cause) => (
        <CauseBanner key={cause.key} cause={cause} nameOf={({ host_name }) => host_name} />
      ))}
      <section className="panel" aria-label="Hosts">
        {isLong && <HostFilter {...filter} />}
        <Head pool={pool} />
        <ul className="divide-y divide-line">
          {drawn.map((entry) => (
            <HostLine
              key={entry.host_id}
              pool={pool}
              entry={entry}
              isSaidAbove={saidAbove.has(entry.host_id)}
              actions={actions}
            />
          ))}
        </ul>
        {pool.hosts.length === 0 && (
          <p className="px-4 py-3 text-13 text-muted">
            No host has it yet. {pool.targets === 'labels' && 'Hosts get it as soon as they carry its labels.'}
          </p>
        )}
        <HostListEnd total={pool.hosts.length} shown={entries.length} drawn={drawn.length} onAll={() => setAll(true)} />
      </section>
    </div>
  )
}
