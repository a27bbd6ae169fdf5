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
    </>
  )
}

function About({ backend }: { backend: BackendView }) {
  return (
    <Panel title="About">
      <Facts
        items={[
          ['Type', <BackendType key="type" type={backend.type} />],
          ['Source', <Mono key="source" text={backend.source} copy className="max-w-full" />],
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
