import { isUsage } from '@/lib/backends/host-usage'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import type { MeasuredBackend, MeasuredMount, MeasuredPool, Provisioned } from '@/lib/monitoring/figures-repository'
import { overridesOf } from '@/lib/mounts/effective'
import { storedEngine } from '@/lib/pools/engine'
import { measuredRow } from '@/lib/pools/state'

/** The room of something as it was measured at a moment, in bytes. What is not known is null; without `usedBytes` there is no sample. */
export interface Sample {
  /** Id of a backend, pool or mount. */
  subjectId: string
  /** Null: what all hosts share. */
  hostId: string | null
  at: Date
  totalBytes: bigint | null
  usedBytes: bigint
  availableBytes: bigint | null
  metadataPercent: number | null
  /** Of the file system that it lies on. */
  totalInodes: bigint | null
  usedInodes: bigint | null
  /** Of a pool: the sizes of its volumes together. */
  provisionedBytes: bigint | null
}

export function keyOf({ subjectId, hostId }: Pick<Sample, 'subjectId' | 'hostId'>): string {
  return `${subjectId} ${hostId ?? ''}`
}

/** Of storages that are the same on every host. */
export function samplesOfBackends(rows: readonly MeasuredBackend[]): Sample[] {
  return rows.flatMap(({ id, usageAt: at, usedBytes, ...figures }) =>
    at === null || usedBytes === null
      ? []
      : [{ subjectId: id, hostId: null, at, usedBytes, ...figures, metadataPercent: null, provisionedBytes: null }],
  )
}

/**
 * Of storages that each host has for itself, by backend and host. Where a mount shows another storage than its backend on a host,
 * because of what is different there, the sample is the mount's.
 */
export function samplesOfMounts(rows: readonly MeasuredMount[]): Sample[] {
  return rows.flatMap((row) => {
    const { mountId, hostId, usage, backend, isOfHost } = row
    if (!isUsage(usage) || usage.usedBytes === null || !usage.asOf) return []
    const isOther = showsAnother(backend, row.overrides)
    if (!isOfHost && !isOther) return []
    return [
      {
        subjectId: isOther ? mountId : backend.id,
        hostId,
        at: new Date(usage.asOf),
        totalBytes: bytes(usage.totalBytes),
        usedBytes: BigInt(Math.round(usage.usedBytes)),
        availableBytes: bytes(usage.availableBytes),
        metadataPercent: null,
        totalInodes: bytes(usage.inodes?.total ?? null),
        usedInodes: bytes(usage.inodes?.used ?? null),
        provisionedBytes: null,
      },
    ]
  })
}

/** Is the storage another one with these overrides? Most of them only change how it is mounted. */
export function showsAnother({ driver, config }: { driver: string; config: unknown }, overrides: unknown): boolean {
  const different = overridesOf(overrides).config ?? {}
  if (Object.keys(different).length === 0 || !isDriverId(driver)) return false
  const { describeSource } = driverById(driver)
  const usual = config as Record<string, unknown>
  return describeSource({ ...usual, ...different } as never) !== describeSource(usual as never)
}

function bytes(value: number | null): bigint | null {
  return value === null ? null : BigInt(Math.round(value))
}

/**
 * Of a pool that hosts share as its keeper has it, or else the newest look; of the others by host. `provisioned` has the sizes of all
 * volumes; null: nobody asks.
 */
export function samplesOfPools(pools: readonly MeasuredPool[], provisioned: readonly Provisioned[] | null): Sample[] {
  const byPool = provisioned && Map.groupBy(provisioned, ({ poolId }) => poolId)
  const sizes = (poolId: string, isOnIt: (volumes: Provisioned) => boolean = () => true) =>
    byPool && (byPool.get(poolId) ?? []).filter(isOnIt).reduce((sum, volumes) => sum + volumes.bytes, 0n)
  return pools.flatMap(({ id, keeperId, settings, backend, hosts }) => {
    const sharing = storedEngine(backend, settings)?.sharing
    if (sharing === undefined) return []
    if (sharing === 'own') {
      const onHost = (hostId: string) => sizes(id, (volumes) => volumes.hostId === hostId)
      return hosts.flatMap((row) => sampleOfPool(id, row.hostId, row, onHost(row.hostId)))
    }
    const row = measuredRow(hosts, keeperId)
    return row === undefined ? [] : sampleOfPool(id, null, row, sizes(id))
  })
}

function sampleOfPool(
  subjectId: string,
  hostId: string | null,
  row: MeasuredPool['hosts'][number],
  provisionedBytes: bigint | null,
): Sample[] {
  const { capacityAt: at, usedBytes, totalBytes, availableBytes, metadataPercent, totalInodes, usedInodes } = row
  if (at === null || usedBytes === null) return []
  const inodes = { totalInodes, usedInodes }
  return [
    { subjectId, hostId, at, totalBytes, usedBytes, availableBytes, metadataPercent, ...inodes, provisionedBytes },
  ]
}
