'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { usePollInterval } from '@/components/data/live'
import {
  attentionList,
  backendList,
  hostList,
  LATEST_SHOWN,
  mountList,
  operationsLatest,
  poolsInSum,
  restoredState,
} from '@/components/data/queries'
import { useMay } from '@/components/layout/person'
import { OperationList } from '@/components/operations/operation-list'
import { AttentionList } from '@/components/overview/attention-list'
import { CapacityChart } from '@/components/overview/capacity-chart'
import { Figures } from '@/components/overview/figures'
import { FirstSteps } from '@/components/overview/first-steps'
import { PoolFigures } from '@/components/overview/pool-figures'
import { RestoredNotice } from '@/components/overview/restored-notice'
import { SmallMatrix } from '@/components/overview/small-matrix'
import { Panel } from '@/components/ui/feedback'
import type { OperationKind } from '@/lib/operations/schema'

function MoreLink({ href, children }: { href: string; children: string }) {
  return (
    <Link href={href} prefetch={false} className="rounded-sm text-12 text-muted hover:text-ink">
      {children}
    </Link>
  )
}

/** Questions to a host change nothing; the list of all operations has them. */
const ONLY_LOOKS: ReadonlySet<string> = new Set([
  'host.inspect_mount',
  'host.existing_mounts',
  'host.refresh',
  'backend.discover',
  'backend.usage',
] satisfies OperationKind[])

/** One look: is everything well, and if not, what helps. */
export function Overview() {
  const poll = usePollInterval()
  const hosts = useQuery({ ...hostList(), refetchInterval: poll }).data?.data
  const backends = useQuery({ ...backendList(), refetchInterval: poll }).data?.data
  const mounts = useQuery({ ...mountList(), refetchInterval: poll }).data?.data
  const attention = useQuery({ ...attentionList(), refetchInterval: poll }).data
  const operations = useQuery({ ...operationsLatest(), refetchInterval: poll }).data?.data
  const pools = useQuery({ ...poolsInSum(), refetchInterval: poll }).data
  const restored = useQuery({ ...restoredState(), refetchInterval: poll }).data
  const canWrite = useMay('backends.write')
  if (!hosts || !backends || !mounts || !attention) return null

  return (
    <div className="space-y-5">
      {restored && <RestoredNotice state={restored} />}
      {canWrite && mounts.length === 0 && <FirstSteps hosts={hosts.length} backends={backends.length} />}
      {(hosts.length > 0 || backends.length > 0) && (
        <>
          {!(restored && attention.total === 0) && <AttentionList attention={attention} />}
          <Figures hosts={hosts} backends={backends} mounts={mounts} />
          {pools && pools.pool_count > 0 && <PoolFigures pools={pools} counts={attention.counts} />}
          <div className="grid items-start gap-5 xl:grid-cols-2">
            <Panel title="Capacity" action={<MoreLink href="/backends?sort=used.desc">All backends</MoreLink>}>
              <CapacityChart backends={backends} />
            </Panel>
            <Panel title="Hosts and mounts" action={<MoreLink href="/mounts/placement">Placement</MoreLink>}>
              <SmallMatrix hosts={hosts} mounts={mounts} />
            </Panel>
          </div>
          <Panel title="Latest operations" flush action={<MoreLink href="/operations">All operations</MoreLink>}>
            <OperationList operations={operations?.filter(({ kind }) => !ONLY_LOOKS.has(kind))} limit={LATEST_SHOWN} />
          </Panel>
        </>
      )}
    </div>
  )
}
