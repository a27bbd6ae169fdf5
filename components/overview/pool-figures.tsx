import { Figure } from '@/components/overview/figure'
import { overcommitWords } from '@/components/pools/pool-words'
import type { AttentionView } from '@/lib/attention/schema'
import type { PoolSummary } from '@/lib/pools/schema'
import { formatBytes } from '@/lib/units'

/** How many are in trouble that nobody has acknowledged. */
function noteOfTrouble(count: number): string {
  if (count === 0) return 'none needs attention'
  return count === 1 ? '1 needs attention' : `${count} need attention`
}

/** Over what the volumes of pools may grow to. */
function noteOfPromise({ overcommit, total_bytes: total, provisioned_bytes: promised }: PoolSummary): string {
  if (promised === 0) return 'no volume yet'
  const words = overcommitWords({ overcommit })
  return words === null || total === null ? 'of a size that is not known' : `${words} of ${formatBytes(total)}`
}

function noteOfVolumes({ volume_count: volumes, trashed_count: trashed }: PoolSummary, inTrouble: number): string {
  if (inTrouble === 0 && volumes + trashed === 0) return 'none yet'
  if (inTrouble > 0 || trashed === 0) return noteOfTrouble(inTrouble)
  return `${trashed} more in the trash`
}

function noteOfSizes({ unmeasured_count: unknown }: PoolSummary): string {
  if (unknown === 0) return 'what pools share counts once'
  return `size of ${unknown} ${unknown === 1 ? 'pool is' : 'pools is'} unknown`
}

/** The pools and the volumes in them in four figures. */
export function PoolFigures({ pools, counts }: { pools: PoolSummary; counts: AttentionView['counts'] }) {
  const { total_bytes: total, used_bytes: used } = pools
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4 lg:gap-5">
      <Figure label="Pools" value={pools.pool_count} note={noteOfTrouble(counts.pools)} href="/pools" />
      <Figure label="Volumes" value={pools.volume_count} note={noteOfVolumes(pools, counts.volumes)} href="/volumes" />
      <Figure
        label="Pools used"
        value={used === null ? 'Unknown' : formatBytes(used)}
        {...(total === null ? {} : { of: `of ${formatBytes(total)}` })}
        note={noteOfSizes(pools)}
        href="/pools"
      />
      <Figure
        label="Promised to volumes"
        value={formatBytes(pools.provisioned_bytes)}
        note={noteOfPromise(pools)}
        href="/pools"
      />
    </div>
  )
}
