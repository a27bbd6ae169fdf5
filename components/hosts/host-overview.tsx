'use client'

import { HostAvailability } from '@/components/availability/host-availability'
import type { ConnectionHere } from '@/components/hosts/connections-here'
import { ConnectionsHere } from '@/components/hosts/connections-here'
import { HostCapacity } from '@/components/hosts/host-capacity'
import { HostDisks } from '@/components/hosts/host-disks'
import { distributionOf, HostFacts, HostTools } from '@/components/hosts/host-facts'
import { HostMachines } from '@/components/hosts/host-machines'
import { MountsHere } from '@/components/hosts/mounts-here'
import { Summary, type SummaryItem } from '@/components/layout/summary'
import { RelativeTime } from '@/components/ui/relative-time'
import { connectionStatus } from '@/lib/backends/connection-status'
import type { HostView } from '@/lib/hosts/schema'
import type { MountView } from '@/lib/mounts/schema'
import { isWrong } from '@/lib/mounts/state'
import { isTrouble } from '@/lib/tones'

/** When the host was seen stands in the heading of the page; `HostFacts` has what is not said here. */
function summaryOf(host: HostView): SummaryItem[] {
  const { wanted, mounted, failing, unknown } = host.mounts
  const rest = [failing > 0 && `${failing} failing`, unknown > 0 && `${unknown} unknown`].filter(Boolean).join(', ')
  return [
    {
      label: 'Mounted',
      value: (
        <>
          <span className="tabular">
            {mounted} of {wanted}
          </span>
          {rest && <span className={failing > 0 ? 'text-critical' : 'text-muted'}>{rest}</span>}
        </>
      ),
    },
    { label: 'System', value: host.info ? distributionOf(host.info.distribution) : (host.distribution ?? 'unknown') },
    { label: 'Agent', value: host.agent_version ?? 'unknown' },
    { label: 'Joined', value: <RelativeTime at={host.created_at} /> },
  ]
}

/** What is wrong on the host before anything else, then what it is and what it has. */
export function HostOverview({
  host,
  mounts,
  connections,
}: {
  host: HostView
  mounts: readonly MountView[]
  connections: readonly ConnectionHere[]
}) {
  const failing = mounts.filter((mount) => mount.hosts.some((entry) => entry.host_id === host.id && isWrong(entry)))
  const lost = connections.filter(({ connection }) => isTrouble(connectionStatus(connection).tone))
  return (
    <div className="space-y-5">
      <Summary items={summaryOf(host)} />
      {failing.length > 0 && (
        <section aria-label="Not as wanted">
          <h2 className="mb-2 text-13 font-medium">Not as wanted</h2>
          <MountsHere hostId={host.id} mounts={failing} />
        </section>
      )}
      <ConnectionsHere connections={lost} />
      <HostFacts host={host} />
      <HostCapacity id={host.id} />
      <HostAvailability id={host.id} />
      <HostDisks host={host} />
      <HostMachines host={host} />
      <HostTools host={host} />
    </div>
  )
}
