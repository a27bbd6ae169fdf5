import { z } from 'zod'
import { CALM_MS } from '@/lib/alerts/rules'
import { type Cause, causeId, causesById } from '@/lib/attention/cause'
import * as repository from '@/lib/attention/repository'
import type { AcknowledgementView, Severity } from '@/lib/attention/schema'
import { SEVERITIES } from '@/lib/attention/severities'
import type { Db } from '@/lib/db/client'

/** Of an acknowledgement that has no list, nothing is new. */
const Members = z.array(z.string()).catch([])

/**
 * An acknowledgement is of one cause, for everybody. It ends when the cause gets worse, is about one more, or has been gone for a while;
 * one that flickers stays acknowledged. With a time it is a silence, and ends then and not before.
 */
export function isOver(
  { severity, goneAt, until, members }: repository.AcknowledgementRow,
  now: Date,
  cause?: { severity: string; members?: ReadonlySet<string> },
): boolean {
  if (until !== null) return now >= until
  const rank = (of: string) => SEVERITIES.indexOf(of as Severity)
  if (cause !== undefined && rank(cause.severity) < rank(severity)) return true
  const known = members === null ? null : new Set(Members.parse(members))
  if (known !== null && [...(cause?.members ?? [])].some((id) => !known.has(id))) return true
  return goneAt !== null && now.getTime() - goneAt.getTime() >= CALM_MS
}

export function acknowledgementView({ by, at, note, until }: repository.AcknowledgementRow): AcknowledgementView {
  return { by, at: at.toISOString(), note, until: until?.toISOString() ?? null }
}

/** The acknowledgement of a cause, if it still holds. */
export function acknowledgementOf(
  cause: Cause,
  rows: ReadonlyMap<string, repository.AcknowledgementRow>,
  now: Date,
): repository.AcknowledgementRow | null {
  const row = rows.get(causeId(cause.key))
  return row === undefined || isOver(row, now, cause) ? null : row
}

/**
 * For the controller, now and then: notes which acknowledged causes are gone, and deletes acknowledgements that are over, so that there
 * are never many more than causes. `found`: everything that is wrong now; `unseen`: ids of causes of which nothing is known now. Returns
 * how many went.
 */
export async function settleAcknowledgements(
  db: Db,
  found: readonly Cause[],
  now: Date,
  unseen: ReadonlySet<string> = new Set(),
): Promise<number> {
  const rows = await repository.findAll(db)
  if (rows.length === 0) return 0
  const causes = causesById(found)
  const over = rows.filter((row) => isOver(row, now, causes.get(row.causeId)))
  const kept = rows.filter((row) => !over.includes(row))
  const idsOf = (of: readonly repository.AcknowledgementRow[]) => of.map(({ causeId: id }) => id)
  await repository.remove(db, idsOf(over))
  const isThere = ({ causeId: id }: repository.AcknowledgementRow) => causes.has(id) || unseen.has(id)
  await repository.noteGone(db, idsOf(kept.filter((row) => row.goneAt === null && !isThere(row))), now)
  await repository.noteGone(db, idsOf(kept.filter((row) => row.goneAt !== null && isThere(row))), null)
  return over.length
}
