import type { DesiredRow, ResourceKind, ResourceRef } from '@/lib/controller/resources/kind'
import type { ResourceKinds } from '@/lib/controller/resources/kinds'
import type { Db } from '@/lib/db/client'

/** The wishes for one host, by kind. */
export type HostRows = ReadonlyMap<string, readonly DesiredRow[]>

/** One resource on one host. */
export function rowKey(kind: ResourceKind, row: DesiredRow): string {
  return `${kind.name}/${row.hostId}/${kind.desired.idOf(row)}`
}

/** What a row waits for. `isUndoing`: it is to go, and what needs it has not gone yet. */
export interface Waiting extends ResourceRef {
  isUndoing: boolean
}

/**
 * What this row has to wait for on its host, and null when it need not: to be made, for what it needs; to go, for what needs it,
 * as long as the host has something of that or is just being told of it.
 */
export function waitsFor(
  kinds: ResourceKinds,
  kind: ResourceKind,
  row: DesiredRow,
  rows: HostRows,
  isBusy: (kind: ResourceKind, row: DesiredRow) => boolean,
): Waiting | null {
  if (kind.desired.isLeaving(row)) {
    const id = kind.desired.idOf(row)
    for (const other of kinds.thatNeed(kind.name)) {
      const standing = rows.get(other.name)?.find((needing) => {
        const isThere = needing.observedGeneration !== null || isBusy(other, needing)
        return isThere && needsOf(other, needing).some((need) => need.kind === kind.name && need.id === id)
      })
      if (standing) return { kind: other.name, id: other.desired.idOf(standing), isUndoing: true }
    }
    return null
  }
  const missing = needsOf(kind, row).find((need) => {
    const needed = kinds.get(need.kind)
    const wish = rows.get(need.kind)?.find((each) => needed.desired.idOf(each) === need.id)
    return wish === undefined || needed.desired.isLeaving(wish) || !needed.desired.isReady(wish)
  })
  return missing ? { ...missing, isUndoing: false } : null
}

function needsOf(kind: ResourceKind, row: DesiredRow): readonly ResourceRef[] {
  return kind.desired.needsOf?.(row) ?? []
}

/** As `waitsFor`, by what the database has now. Asks it only about kinds that need others or are needed. */
export async function waitsNow(
  db: Db,
  kinds: ResourceKinds,
  kind: ResourceKind,
  row: DesiredRow,
  isBusy: (kind: ResourceKind, row: DesiredRow) => boolean,
): Promise<Waiting | null> {
  const isLeaving = kind.desired.isLeaving(row)
  const related = isLeaving ? kinds.thatNeed(kind.name) : needsOf(kind, row).map((need) => kinds.get(need.kind))
  if (related.length === 0) return null
  const rows = new Map<string, readonly DesiredRow[]>()
  for (const other of related) rows.set(other.name, await other.desired.ofHost(db, row.hostId))
  return waitsFor(kinds, kind, row, rows, isBusy)
}
