'use client'

import Link from 'next/link'
import { useState } from 'react'
import { fullFirst, fullHosts, fullInWords, type HostReach } from '@/components/backends/detail/reach'
import { Advice } from '@/components/data/advice'
import { CauseBanner } from '@/components/data/cause-banner'
import { causesOf } from '@/components/data/causes'
import { Evidence } from '@/components/data/evidence'
import { HostFilter, HostListEnd, useHostFilter } from '@/components/hosts/host-filter'
import { Capacity } from '@/components/ui/bytes'
import { Note, Panel } from '@/components/ui/feedback'
import { RelativeTime, SinceTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { BackendView } from '@/lib/backends/schema'
import { spaceOf } from '@/lib/fullness'
import { isTrouble } from '@/lib/tones'

/** So many hosts are drawn before "show all", besides those that need a person. */
const DRAWN = 10
/** And never more than these at once. */
const MOST = 50

type Figures = NonNullable<BackendView['stats']['hosts']>[number]

function Line({ host, figures, isSaidAbove }: { host: HostReach; figures: Figures | undefined; isSaidAbove: boolean }) {
  const isShown = isTrouble(host.status.tone) && !isSaidAbove && host.error !== null
  return (
    <li className="px-4 py-2.5 text-13">
      <div className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 md:grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)_minmax(0,1fr)_minmax(0,1.2fr)]">
        <Link href={`/hosts/${host.host_id}`} prefetch={false} className="truncate font-medium hover:underline">
          {host.host_name}
        </Link>
        <Status {...host.status} />
        <span className="text-12 text-muted max-md:hidden">
          {host.seen !== null ? (
            <>
              seen <RelativeTime at={host.seen} />
            </>
          ) : (
            host.since && <SinceTime at={host.since} />
          )}
        </span>
        {figures ? (
          <Capacity space={spaceOf(figures)} withPercent className="max-md:col-span-2 text-12" />
        ) : (
          <span className="truncate text-12 text-muted max-md:col-span-2" title={host.mounts.join(', ')}>
            {host.mounts.join(', ')}
          </span>
        )}
      </div>
      {isShown && (
        <div className="mt-1 min-w-0 break-words text-muted">
          <p className="text-ink">{host.error}</p>
          <p>
            <Advice>{host.advice}</Advice>
          </p>
          <Evidence explanation={host.explanation} className="mt-1" />
        </div>
      )}
    </li>
  )
}

/** Which hosts reach the storage, those where it is full and those that do not first; each with its own figures where each has its own storage. */
export function BackendHosts({ backend, hosts }: { backend: BackendView; hosts: readonly HostReach[] }) {
  const [all, setAll] = useState(false)
  const full = fullHosts(backend.stats)
  const { shown, isLong, filter } = useHostFilter(fullFirst(hosts, full))
  const fullIds = new Set(full.map(({ host_id }) => host_id))
  const fullWords = fullInWords(backend.name, full)
  const failing = hosts.filter(({ status, error }) => isTrouble(status.tone) && error !== null)
  const shared = causesOf(failing, (host) => host).filter(({ entries }) => entries.length > 1)
  const saidAbove = new Set(shared.flatMap(({ entries }) => entries))
  const figures = new Map((backend.stats.hosts ?? []).map((own) => [own.host_id, own]))
  const needy = shown.filter(({ status, host_id }) => isTrouble(status.tone) || fullIds.has(host_id)).length
  const drawn = all ? shown : shown.slice(0, Math.min(MOST, needy + DRAWN))
  return (
    <>
      {fullWords && (
        <Note kind="warning" title={fullWords}>
          Free some space there, or make the storage larger.
        </Note>
      )}
      {shared.map((cause) => (
        <CauseBanner key={cause.key} cause={cause} nameOf={({ host_name }) => host_name} />
      ))}
      <Panel title="Hosts" flush>
        {isLong && <HostFilter {...filter} />}
        {hosts.length === 0 && <p className="px-4 py-3 text-13 text-muted">No host has it yet.</p>}
        <ul className="divide-y divide-line">
          {drawn.map((host) => (
            <Line
              key={host.host_id}
              host={host}
              figures={figures.size > 1 ? figures.get(host.host_id) : undefined}
              isSaidAbove={saidAbove.has(host)}
            />
          ))}
        </ul>
        <HostListEnd total={hosts.length} shown={shown.length} drawn={drawn.length} onAll={() => setAll(true)} />
      </Panel>
    </>
  )
}
