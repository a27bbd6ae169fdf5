'use client'

import { ExternalLink } from 'lucide-react'
import { useState } from 'react'
import { BackendHealth } from '@/components/availability/backend-health'
import { BackendType } from '@/components/backends/backend-type'
import { BackendHosts } from '@/components/backends/detail/backend-hosts'
import { BackendTest, useAskedTest } from '@/components/backends/detail/backend-test'
import { type HostReach, reachWords } from '@/components/backends/detail/reach'
import { useStorageTypes } from '@/components/layout/person'
import { Summary, type SummaryItem } from '@/components/layout/summary'
import { CapacityHistory } from '@/components/monitoring/lazy-capacity-history'
import { measuredWords } from '@/components/monitoring/measured-words'
import { Bytes, Capacity } from '@/components/ui/bytes'
import { Inodes } from '@/components/ui/inodes'
import { RelativeTime } from '@/components/ui/relative-time'
import type { BackendView } from '@/lib/backends/schema'
import { backendStatus } from '@/lib/backends/words'
import { spaceOf } from '@/lib/fullness'
import { isTrouble } from '@/lib/tones'

const NUMBER = new Intl.NumberFormat('en-GB')

/** The one place where the capacity stands; of a storage that each host has for itself, that of the fullest. */
function Used({ stats }: Pick<BackendView, 'stats'>) {
  if (stats.used_bytes === null && stats.total_bytes === null && stats.file_count === null) {
    return (
      <span className="text-muted">
        {stats.as_of === null
          ? 'Not measured yet. A test, or a host that mounts it, measures it.'
          : 'This storage does not tell how much it holds.'}
      </span>
    )
  }
  return (
    <div className="w-full">
      <Capacity space={spaceOf(stats)} withPercent />
      <p className="mt-0.5 text-12 text-muted">
        {stats.available_bytes !== null && (
          <>
            <Bytes value={stats.available_bytes} /> free,{' '}
          </>
        )}
        {stats.file_count !== null && `${NUMBER.format(stats.file_count)} files, `}
        {stats.host_name !== undefined && `on ${stats.host_name}, the fullest host, `}
        as of <RelativeTime at={stats.as_of} />
      </p>
      <Inodes total={stats.total_inodes} used={stats.used_inodes} on={stats.inodes_host_name} />
    </div>
  )
}

/** Of the CDN, in a window of its own: it is not a page of ours. */
function PublicLink({ url }: { url: string }) {
  return (
    <a href={url} target="_blank" rel="noreferrer" className="inline-flex min-w-0 items-center gap-1.5 hover:underline">
      <span className="break-all font-mono text-12">{url}</span>
      <ExternalLink aria-hidden className="size-3.5 shrink-0 text-faint" />
      <span className="sr-only">(opens in a new window)</span>
    </a>
  )
}

function summaryOf(backend: BackendView, hosts: readonly HostReach[]): SummaryItem[] {
  return [
    { label: 'Used', value: <Used stats={backend.stats} />, isWide: true },
    { label: 'Reached by', value: <span className="tabular">{hostsInWords(hosts)}</span> },
    { label: 'Checked', value: <RelativeTime at={backend.status_at} /> },
    { label: 'Type', value: <BackendType type={backend.driver} /> },
    ...(backend.public_url === null
      ? []
      : [{ label: 'Public at', value: <PublicLink url={backend.public_url} />, isWide: true }]),
  ]
}

function hostsInWords(hosts: readonly HostReach[]): string {
  const words = reachWords(hosts)
  return words === null ? 'No host yet' : `${words} ${hosts.length === 1 ? 'host' : 'hosts'}`
}

/** What is wrong is said by a host below, or by the test; `trouble-note` says it everywhere else. */
export function saysTrouble(backend: BackendView, hosts: readonly HostReach[]): boolean {
  // Later looks may have found otherwise than the test.
  const isByTest = backend.last_test_at !== null && backend.last_test_at >= (backend.status_at ?? '')
  return hosts.some(({ status }) => isTrouble(status.tone)) || (backend.last_test_operation !== null && isByTest)
}

/** What the hosts tell of, with its cure: the test needs not say it again. */
export function saidByHosts(hosts: readonly HostReach[]): Set<string> {
  const failing = hosts.filter(({ status, error }) => isTrouble(status.tone) && error !== null)
  return new Set(failing.flatMap(({ explanation }) => explanation?.id ?? []))
}

/** How full it is and was, which hosts reach it, and how its test went; what is wrong before the past, the test first when it is what is wrong, or was just asked for. */
export function BackendOverview({
  backend,
  hosts,
  testing,
}: {
  backend: BackendView
  hosts: readonly HostReach[]
  testing: { onTest: () => void; pending: boolean }
}) {
  const asked = useAskedTest()
  const isCritical = backendStatus(backend.status).tone === 'critical'
  // As the page was opened: what a person reads or presses does not move away.
  const [isTestFirst] = useState(
    () => asked !== '' || (isCritical && !hosts.some(({ status }) => isTrouble(status.tone))),
  )
  const [isTroubled] = useState(() => isCritical || hosts.some(({ status }) => isTrouble(status.tone)))
  const isOfHosts = useStorageTypes().find(({ id }) => id === backend.driver)?.scope === 'host'
  const capacity = backend.capabilities.includes('usage') && (
    <CapacityHistory
      noun="backend"
      id={backend.id}
      name={backend.name}
      measured={measuredWords({ ...backend, scope: isOfHosts ? 'host' : 'fleet', isUsed: reachWords(hosts) !== null })}
    />
  )
  const test = <BackendTest key="test" backend={backend} said={saidByHosts(hosts)} {...testing} />
  const list = <BackendHosts key="hosts" backend={backend} hosts={hosts} />
  const health = <BackendHealth key="health" backend={backend} />
  return (
    <div className="space-y-5">
      <Summary items={summaryOf(backend, hosts)} />
      {!isTroubled && capacity}
      {isTestFirst ? [test, list, health] : [list, health, test]}
      {isTroubled && capacity}
    </div>
  )
}
