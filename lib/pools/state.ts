import { isSilent } from '@/lib/mounts/state'
import type { PoolHostPhase, PoolPhase } from '@/lib/pools/schema'
import type { Sharing } from '@/lib/volume-engines/contract/descriptor'

/** What of a pool on one host decides how it is. */
export interface PoolHostFacts {
  desired: 'open' | 'closed'
  observedState: string
  observedGeneration: number | null
  observedError: string | null
  attempts: number
  /** What is wrong with the mount or the connection that it needs there. */
  groundError?: string | null
  host: { observedStatus: string; revokedAt: Date | null }
}

/** Has the host nothing of it any more, as is wanted? */
export function hasLeft({ desired, observedGeneration }: PoolHostFacts): boolean {
  return desired === 'closed' && observedGeneration === null
}

export function phaseOnHost(row: PoolHostFacts): PoolHostPhase {
  if (row.host.revokedAt !== null || isSilent(row.host.observedStatus)) return 'UNKNOWN'
  if (row.desired === 'closed') return 'CLOSING'
  if (row.observedState === 'ready') return 'READY'
  if (row.observedState === 'degraded') return 'DEGRADED'
  if (row.observedState === 'error' || (row.attempts > 0 && row.observedError !== null)) return 'ERROR'
  // It waits for that, and nobody would know what for.
  if (row.groundError != null) return 'ERROR'
  return 'PENDING'
}

/** Can volumes be worked on there? */
export function isUsable(row: PoolHostFacts): boolean {
  const phase = phaseOnHost(row)
  return row.desired === 'open' && (phase === 'READY' || phase === 'DEGRADED')
}

/** Over all hosts: `READY` when nothing is wrong on any, `ERROR` when it can be used on none. */
export function poolPhase(rows: readonly PoolHostFacts[], isDeleted: boolean): PoolPhase {
  if (isDeleted) return 'DELETING'
  const phases = rows.filter((row) => row.desired === 'open').map(phaseOnHost)
  const isThere = (...wanted: PoolHostPhase[]) => phases.some((phase) => wanted.includes(phase))
  const isBad = isThere('ERROR', 'UNKNOWN')
  if (isThere('READY', 'DEGRADED')) return isBad || isThere('DEGRADED') ? 'DEGRADED' : 'READY'
  return isBad ? 'ERROR' : 'PENDING'
}

interface Figures {
  hostId: string
  desired: 'open' | 'closed'
  totalBytes: bigint | null
  usedBytes: bigint | null
  availableBytes: bigint | null
  capacityAt: Date | null
  host: { revokedAt: Date | null }
}

export interface Capacity {
  totalBytes: bigint | null
  usedBytes: bigint | null
  availableBytes: bigint | null
}

const UNKNOWN: Capacity = { totalBytes: null, usedBytes: null, availableBytes: null }

/** Of one storage that hosts share, once, as the keeper or else the newest look has it; of storages of their own, the sum of all. */
export function capacityOf(rows: readonly Figures[], sharing: Sharing, keeperId: string | null): Capacity {
  const open = rows.filter((row) => row.desired === 'open' && row.host.revokedAt === null)
  if (sharing === 'own') {
    const sum = (key: keyof Capacity) =>
      open.reduce<bigint | null>((all, row) => {
        const value = row[key]
        return all === null || value === null ? null : all + value
      }, 0n)
    if (open.length === 0) return UNKNOWN
    return { totalBytes: sum('totalBytes'), usedBytes: sum('usedBytes'), availableBytes: sum('availableBytes') }
  }
  return measuredRow(open, keeperId) ?? UNKNOWN
}

/** Of a pool that hosts share, the row with the figures that count: the keeper's, or else the newest. Undefined: nobody has measured it. */
export function measuredRow<Row extends { hostId: string; capacityAt: Date | null }>(
  rows: readonly Row[],
  keeperId: string | null,
): Row | undefined {
  const known = rows.filter((row) => row.capacityAt !== null)
  const newest = known.toSorted((a, b) => (b.capacityAt?.getTime() ?? 0) - (a.capacityAt?.getTime() ?? 0))
  return known.find(({ hostId }) => hostId === keeperId) ?? newest[0]
}
