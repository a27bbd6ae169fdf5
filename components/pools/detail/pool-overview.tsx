'use client'

import { useState } from 'react'
import { BackendLink } from '@/components/backends/backend-link'
import { Summary, type SummaryItem } from '@/components/layout/summary'
import { CapacityHistory } from '@/components/monitoring/lazy-capacity-history'
import { LatestOperation } from '@/components/operations/latest-operation'
import { PoolHosts } from '@/components/pools/detail/pool-hosts'
import { overcommitWords, readyWords, sharingWords } from '@/components/pools/pool-words'
import type { usePoolActions } from '@/components/pools/use-pool-actions'
import { Bytes, Capacity } from '@/components/ui/bytes'
import { FreeSpace } from '@/components/ui/free-space'
import { Inodes } from '@/components/ui/inodes'
import { spaceOf } from '@/lib/fullness'
import type { OperationRow } from '@/lib/operations/schema'
import type { PoolView } from '@/lib/pools/schema'
import { wordOfPool } from '@/lib/pools/words'
import { isTrouble } from '@/lib/tones'

/** When the figures were measured: the oldest, of a sum over hosts. */
function measuredAt({ hosts, sharing, keeper }: PoolView): string | null {
  const told = sharing === 'own' ? hosts : hosts.filter(({ host_id }) => host_id === keeper?.id)
  return told.flatMap(({ capacity_at }) => capacity_at ?? []).toSorted()[0] ?? null
}

/** Of a storage that hosts share as its keeper has it, else those of the host with the largest part in use. */
function PoolInodes({ pool: { hosts, sharing, keeper } }: { pool: PoolView }) {
  const told = sharing === 'own' ? hosts : hosts.filter(({ host_id }) => host_id === keeper?.id)
  const shareOf = ({ total_inodes: total, used_inodes: used }: (typeof hosts)[number]) => (used ?? 0) / (total || 1)
  const [worst] = told.toSorted((a, b) => shareOf(b) - shareOf(a))
  if (worst === undefined) return null
  const on = sharing === 'own' && hosts.length > 1 ? worst.host_name : undefined
  return <Inodes total={worst.total_inodes} used={worst.used_inodes} on={on} />
}

function Used({ pool }: { pool: PoolView }) {
  const at = measuredAt(pool)
  if (pool.used_bytes === null && pool.total_bytes === null) {
    return <span className="text-muted">Not measured yet. A host that opens it measures it.</span>
  }
  return (
    <div className="w-full">
      <Capacity space={spaceOf(pool)} withPercent />
      <FreeSpace available={pool.available_bytes} at={at} />
      <PoolInodes pool={pool} />
    </div>
  )
}

/** What was promised to volumes: more than there is is no error, but has to be watched. */
function Provisioned({ pool }: { pool: PoolView }) {
  const overcommit = overcommitWords(pool)
  return (
    <div>
      <Bytes value={pool.provisioned_bytes} />
      <p className="mt-0.5 text-12 text-muted">
        {overcommit === null ? 'of an unknown size' : `${overcommit} of what there is`}
        {pool.overcommit_limit !== null && `, at most ${pool.overcommit_limit}×`}
      </p>
    </div>
  )
}

function summaryOf(pool: PoolView): SummaryItem[] {
  return [
    { label: 'Used', value: <Used pool={pool} />, isWide: true },
    { label: 'Provisioned', value: <Provisioned pool={pool} /> },
    { label: 'Open on', value: <span className="tabular">{readyWords(pool)}</span> },
    { label: 'Content', value: sharingWords(pool.sharing) },
    { label: 'Backend', value: <BackendLink id={pool.backend_id} name={pool.backend_name} type={pool.type} /> },
  ]
}

/** How full it is and was, how it stands on every host, and what was done with it last. */
export function PoolOverview({
  pool,
  actions,
  latest,
}: {
  pool: PoolView
  actions: ReturnType<typeof usePoolActions>
  latest: OperationRow | undefined
}) {
  // As the page was opened: what a person reads does not move away.
  const [isTroubled] = useState(() => isTrouble(wordOfPool(pool).tone))
  const capacity = <CapacityHistory noun="pool" id={pool.id} name={pool.name} overcommitLimit={pool.overcommit_limit} />
  return (
    <div className="space-y-5">
      <Summary items={summaryOf(pool)} />
      {!isTroubled && capacity}
      <PoolHosts pool={pool} actions={actions} />
      {isTroubled && capacity}
      {latest && <LatestOperation row={latest} />}
    </div>
  )
}
