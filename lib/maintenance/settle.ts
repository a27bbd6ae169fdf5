import { isInMaintenance } from '@/lib/alerts/muted'
import * as alerts from '@/lib/alerts/repository'
import type { Cause } from '@/lib/attention/cause'
import type { Db } from '@/lib/db/client'
import { type Cover, coverOf, type Muted, mutedIn } from '@/lib/maintenance/cover'
import { findLasting } from '@/lib/maintenance/repository'

interface Change {
  row: alerts.AlertRow
  muted: Muted | null
}

export interface Settled {
  row: alerts.AlertRow
  /** Null: only its end has moved. */
  happened: 'maintenance_began' | 'maintenance_ended' | null
}

/**
 * Notes on alerts that are not over which window they lie in. What ends while its cause is there is told from then on: an event says so.
 * `causes`: everything that is wrong now, by id; of what is not seen at the moment, nothing changes.
 */
export async function settleMaintenance(tx: Db, causes: ReadonlyMap<string, Cause>, now: Date): Promise<Settled[]> {
  const cover = coverOf(await findLasting(now, tx), now)
  const rows = cover.size === 0 ? await alerts.findMuted(tx) : await alerts.findLiving(tx)
  const settled: Settled[] = []
  for (const change of changesOf(rows, causes, cover)) {
    if (!(await alerts.mute(tx, change.row, change.muted))) continue
    const happened = happenedOf(change, now)
    settled.push({ row: change.row, happened })
    if (happened !== null) await alerts.addEvents(tx, [eventOf(change, happened, now)])
  }
  return settled
}

function changesOf(rows: readonly alerts.AlertRow[], causes: ReadonlyMap<string, Cause>, cover: Cover): Change[] {
  return rows.flatMap((row) => {
    const cause = causes.get(row.causeId)
    if (cause === undefined) return []
    const muted = mutedIn(cause, cover)
    const isSame = row.mutedBy === (muted?.id ?? null) && row.mutedUntil?.getTime() === muted?.until.getTime()
    return isSame ? [] : [{ row, muted }]
  })
}

function happenedOf({ row, muted }: Change, now: Date): Settled['happened'] {
  if (row.openedAt === null) return null
  if (muted === null) return 'maintenance_ended'
  return isInMaintenance(row, now) ? null : 'maintenance_began'
}

function eventOf({ row, muted }: Change, kind: NonNullable<Settled['happened']>, at: Date) {
  const { id: alertId, severity } = row
  const said = muted === null ? {} : { by: muted.by, note: muted.reason, until: muted.until }
  return { alertId, at, kind, severity, ...said }
}
