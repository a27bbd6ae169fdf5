import { driverById, isDriverId } from '@/lib/drivers/registry'

/** The subject of the history of all storages together. */
export const FLEET = 'fleet'

/** The room of one storage, in bytes. */
export interface Room {
  totalBytes: bigint | null
  usedBytes: bigint
  availableBytes: bigint | null
}

export interface RoomOf extends Room {
  subjectId: string
}

/** What a pool lies on. */
export interface PoolOn {
  id: string
  backendId: string
  backend: { driver: string }
}

/**
 * The figures by the storage that they are about, each storage once. A pool of files lies within its backend, which counts. A block
 * storage is measured only when it is connected or tested, and its pools all the time: the largest of them counts for it.
 */
export function countedOnce<Row extends RoomOf>(
  rows: readonly Row[],
  pools: readonly PoolOn[],
): Map<string, readonly Row[]> {
  const poolById = new Map(pools.map((pool) => [pool.id, pool]))
  const counted = new Map<string, readonly Row[]>()
  const ofPools: { backendId: string; rows: readonly Row[]; size: number }[] = []
  for (const [subjectId, own] of Map.groupBy(rows, (row) => row.subjectId)) {
    const pool = poolById.get(subjectId)
    if (pool === undefined) counted.set(subjectId, own)
    else if (isOfBlocks(pool)) ofPools.push({ backendId: pool.backendId, rows: own, size: sizeOf(own) })
  }
  // The largest is the last to be set.
  for (const { backendId, rows } of ofPools.toSorted((a, b) => a.size - b.size)) counted.set(backendId, rows)
  return counted
}

function isOfBlocks({ backend: { driver } }: PoolOn): boolean {
  return isDriverId(driver) && driverById(driver).access === 'block'
}

function sizeOf(rows: readonly Room[]): number {
  return rows.reduce((sum, { totalBytes }) => sum + Number(totalBytes ?? 0n), 0)
}

/** Of those whose size is known; null: of none. */
export function sumOf(rows: readonly Room[]): { totalBytes: bigint; usedBytes: bigint; availableBytes: bigint } | null {
  const known = rows.flatMap((row) => (row.totalBytes === null ? [] : [{ ...row, totalBytes: row.totalBytes }]))
  if (known.length === 0) return null
  const sum = (figure: (row: (typeof known)[number]) => bigint) => known.reduce((all, row) => all + figure(row), 0n)
  return {
    totalBytes: sum(({ totalBytes }) => totalBytes),
    usedBytes: sum(({ usedBytes }) => usedBytes),
    availableBytes: sum(({ totalBytes, usedBytes, availableBytes }) => availableBytes ?? totalBytes - usedBytes),
  }
}
