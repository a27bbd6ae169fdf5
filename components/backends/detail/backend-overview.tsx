import Link from 'next/link'
import type { ReactNode } from 'react'
import { BackendType } from '@/components/backends/backend-type'
import { Bytes, Capacity } from '@/components/ui/bytes'
import { Mono } from '@/components/ui/code-block'
import { Facts, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { Badge } from '@/components/ui/status'
import type { BackendView } from '@/lib/backends/schema'

const NUMBER = new Intl.NumberFormat('en-GB')

function Usage({ stats }: Pick<BackendView, 'stats'>) {
  if (stats.used_bytes === null && stats.total_bytes === null && stats.file_count === null) {
    return (
      <p className="text-13 text-muted">
        {stats.as_of === null
          ? 'Not measured yet. A test, or a host that mounts it, measures it.'
          : 'This storage does not tell how much it holds.'}
      </p>
    )
  }
  return (
    <>
      {stats.host_name !== undefined && (
        <p className="mb-2 text-13 text-muted">
          Each host has its own; the fullest is <span className="text-ink">{stats.host_name}</span>.
        </p>
      )}
      <Capacity used={stats.used_bytes} total={stats.total_bytes} className="text-13" />
      <Facts
        className="mt-4"
        items={[
          ['Used', <Bytes key="used" value={stats.used_bytes} />],
          ['Free', <Bytes key="free" value={stats.available_bytes} />],
          ['Total', <Bytes key="total" value={stats.total_bytes} />],
          ...(stats.file_count === null ? [] : [['Files', NUMBER.format(stats.file_count)] as const]),
          ['As of', <RelativeTime key="as-of" at={stats.as_of} />],
        ]}
      />
      <PerHost hosts={stats.hosts ?? []} />
    </>
  )
}

const HOSTS_SHOWN = 20

/** Fullest first. One host alone has nothing to add to the figures above. */
function PerHost({ hosts }: { hosts: NonNullable<BackendView['stats']['hosts']> }) {
  if (hosts.length < 2) return null
  return (
    <>
      <h3 className="mt-5 mb-1 text-12 text-muted">On each host</h3>
      <ul className="divide-y divide-line text-13">
        {hosts.slice(0, HOSTS_SHOWN).map((host) => (
          <li key={host.host_id} className="flex items-center gap-4 py-1.5">
            <Link href={`/hosts/${host.host_id}`} prefetch={false} className="min-w-0 flex-1 truncate hover:underline">
              {host.host_name}
            </Link>
            <Capacity used={host.used_bytes} total={host.total_bytes} className="w-56 max-sm:w-40" />
          </li>
        ))}
      </ul>
      {hosts.length > HOSTS_SHOWN && (
        <p className="mt-2 text-12 text-muted">
          The {HOSTS_SHOWN} fullest of {hosts.length} are shown.
        </p>
      )}
    </>
  )
}

function About({ backend }: { backend: BackendView }) {
  return (
    <Panel title="About">
      <Facts
        items={[
          ['Type', <BackendType key="type" type={backend.type} />],
          ['Source', <Mono key="source" text={backend.source} copy />],
          [
            'Can',
            <span key="can" className="flex flex-wrap gap-1">
              {backend.capabilities.map((capability) => (
                <Badge key={capability}>{capability}</Badge>
              ))}
            </span>,
          ],
          ['Checked', <RelativeTime key="checked" at={backend.status_at} />],
          ['Created', <RelativeTime key="created" at={backend.created_at} />],
          ['Changed', <RelativeTime key="changed" at={backend.updated_at} />],
          ['Id', <Mono key="id" text={backend.id} copy />],
        ]}
      />
    </Panel>
  )
}

/** How full it is, what it is, and what was done with it last. */
export function BackendOverview({ backend, operations }: { backend: BackendView; operations: ReactNode }) {
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <Panel title="Capacity">
        <Usage stats={backend.stats} />
      </Panel>
      <About backend={backend} />
      <Panel title="Latest operations" flush className="lg:col-span-2">
        {operations}
      </Panel>
    </div>
  )
}
