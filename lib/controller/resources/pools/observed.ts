import { isDeepStrictEqual } from 'node:util'
import type { ObservedPool } from '@/lib/agent-protocol/pools'
import type { ObservedSide } from '@/lib/controller/resources/kind'
import {
  type DesiredPool,
  findStoredPools,
  type StoredPool,
  savePool,
  touchPools,
} from '@/lib/controller/resources/pools/pools-repository'
import { isSameProblem, NO_PROBLEM, problemColumns } from '@/lib/controller/resources/problem-columns'
import { reportOf } from '@/lib/drivers/problems/report'
import { inodePercent, isFillingUp, spaceOfUsage, usedPercent } from '@/lib/fullness'

function bytes(value: number | null | undefined): bigint | null {
  return value === null || value === undefined || !Number.isFinite(value) ? null : BigInt(Math.round(value))
}

function isAsStored(stored: StoredPool, pool: ObservedPool): boolean {
  return (
    stored.observedState === pool.state &&
    stored.observedGeneration === pool.generation &&
    stored.observedSince?.getTime() === Date.parse(pool.since) &&
    isSameProblem(stored, pool.error) &&
    isDeepStrictEqual(stored.foreign, pool.foreign) &&
    isDeepStrictEqual(stored.templates, pool.templates?.items ?? null) &&
    stored.templateCount === (pool.templates?.count ?? null) &&
    isDeepStrictEqual(stored.libvirtSecret, pool.libvirtSecret ?? null) &&
    isDeepStrictEqual(stored.activeVolumes, pool.activeVolumes ?? null)
  )
}

/** A percent of the whole, for readers who watch it fill. */
function hasMoved(stored: StoredPool, { capacity }: ObservedPool): boolean {
  const total = bytes(capacity?.totalBytes)
  const used = bytes(capacity?.usedBytes)
  if (stored.totalBytes !== total) return true
  const { dataPercent = null, metadataPercent = null } = capacity?.thinPool ?? {}
  if (isFar(stored.dataPercent, dataPercent) || isFar(stored.metadataPercent, metadataPercent)) return true
  if (isFar(inodePercent(stored), inodePercent(inodeColumns(capacity)))) return true
  if (stored.usedBytes === null || used === null) return stored.usedBytes !== used
  const moved = stored.usedBytes > used ? stored.usedBytes - used : used - stored.usedBytes
  return moved * 100n >= (total ?? used) && moved > 0n
}

function percentsOf(capacity: NonNullable<ObservedPool['capacity']>): (number | null)[] {
  const { dataPercent = null, metadataPercent = null } = capacity.thinPool ?? {}
  return [usedPercent(spaceOfUsage(capacity)), inodePercent(inodeColumns(capacity)), dataPercent, metadataPercent]
}

function isFar(one: number | null, other: number | null): boolean {
  return one === null || other === null ? one !== other : Math.abs(one - other) >= 1
}

function inodeColumns(capacity: ObservedPool['capacity']): Pick<StoredPool, 'totalInodes' | 'usedInodes'> {
  return { totalInodes: bytes(capacity?.inodes?.total), usedInodes: bytes(capacity?.inodes?.used) }
}

function toStored(hostId: string, pool: ObservedPool): StoredPool {
  const { capacity } = pool
  return {
    id: pool.poolId,
    hostId,
    observedState: pool.state,
    observedGeneration: pool.generation,
    observedSince: new Date(pool.since),
    ...problemColumns(pool.error),
    totalBytes: bytes(capacity?.totalBytes),
    usedBytes: bytes(capacity?.usedBytes),
    availableBytes: bytes(capacity?.availableBytes),
    dataPercent: capacity?.thinPool?.dataPercent ?? null,
    metadataPercent: capacity?.thinPool?.metadataPercent ?? null,
    ...inodeColumns(capacity),
    capacityAt: pool.capacityAt === null ? null : new Date(pool.capacityAt),
    foreign: pool.foreign,
    templates: pool.templates?.items ?? null,
    templateCount: pool.templates?.count ?? null,
    libvirtSecret: pool.libvirtSecret ?? null,
    activeVolumes: pool.activeVolumes ?? null,
  }
}

const NO_FIGURES = {
  totalBytes: null,
  usedBytes: null,
  availableBytes: null,
  dataPercent: null,
  metadataPercent: null,
  totalInodes: null,
  usedInodes: null,
  capacityAt: null,
  foreign: null,
  templates: null,
  templateCount: null,
  libvirtSecret: null,
  activeVolumes: null,
} as const

/** How what hosts show of pools is stored. */
export const observedPools: ObservedSide<DesiredPool, ObservedPool, StoredPool> = {
  idOf: ({ poolId }) => poolId,
  load: findStoredPools,
  isAsStored,
  hasMoved,
  hasFigures: ({ capacity }) => capacity !== null,
  // Agents look at pools twice a minute: only what fills up is worth a row each time.
  isMeasuredAnew: (stored, { capacity, capacityAt }) =>
    capacity !== null &&
    capacityAt !== null &&
    stored.capacityAt?.getTime() !== Date.parse(capacityAt) &&
    isFillingUp(percentsOf(capacity)),
  toStored,
  gone: (stored, at) => ({
    ...stored,
    observedState: 'closed',
    observedGeneration: null,
    observedSince: at,
    ...NO_PROBLEM,
    ...NO_FIGURES,
  }),
  failed(row, before, error, at) {
    const isListed = before !== undefined && before.observedGeneration !== null
    const isSame = isListed || before?.observedState === 'error'
    return {
      ...NO_FIGURES,
      ...before,
      id: row.poolId,
      hostId: row.hostId,
      observedState: isListed ? before.observedState : 'error',
      observedGeneration: before?.observedGeneration ?? null,
      observedSince: isSame ? (before?.observedSince ?? at) : at,
      ...problemColumns({ message: error.message, ...reportOf(error) }),
    }
  },
  save: savePool,
  touch: touchPools,
}
