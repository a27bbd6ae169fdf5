import { type Db, db, type Prisma } from '@/lib/db/client'

export type AcknowledgementRow = Prisma.AcknowledgementGetPayload<object>

export function findAll(tx: Db = db()): Promise<AcknowledgementRow[]> {
  return tx.acknowledgement.findMany()
}

/** What people have said of these causes, by their ids. */
export async function findHeld(tx: Db, causeIds: readonly string[]): Promise<ReadonlyMap<string, AcknowledgementRow>> {
  if (causeIds.length === 0) return new Map()
  const rows = await tx.acknowledgement.findMany({ where: { causeId: { in: [...causeIds] } } })
  return new Map(rows.map((row) => [row.causeId, row]))
}

type NewRow = Omit<AcknowledgementRow, 'goneAt' | 'members'> & { members: readonly string[] }

/** Takes the place of earlier ones of the same causes, also of one that is made at the same moment. */
export async function save(tx: Db, rows: readonly NewRow[]): Promise<void> {
  for (const { causeId, lineId, severity, by, byId, note, at, until, members } of rows) {
    await tx.$executeRaw`
      INSERT INTO "Acknowledgement" ("causeId", "lineId", "severity", "by", "byId", "note", "at", "until")
      VALUES (${causeId}, ${lineId}, ${severity}, ${by}, ${byId}, ${note}, ${at}, ${until})
      ON CONFLICT ("causeId") DO UPDATE SET "lineId" = excluded."lineId", "severity" = excluded."severity", "by" = excluded."by",
        "byId" = excluded."byId", "note" = excluded."note", "at" = excluded."at", "until" = excluded."until", "members" = NULL, "goneAt" = NULL`
    if (members.length > 0) await tx.acknowledgement.updateMany({ where: { causeId }, data: { members: [...members] } })
  }
}

export async function remove(tx: Db, causeIds: readonly string[]): Promise<void> {
  if (causeIds.length > 0) await tx.acknowledgement.deleteMany({ where: { causeId: { in: [...causeIds] } } })
}

/** All that was acknowledged in one line, also what is gone for the moment. */
export async function removeLine(tx: Db, lineId: string): Promise<void> {
  await tx.acknowledgement.deleteMany({ where: { lineId } })
}

/** Null: the causes are back. */
export async function noteGone(tx: Db, causeIds: readonly string[], goneAt: Date | null): Promise<void> {
  if (causeIds.length === 0) return
  await tx.acknowledgement.updateMany({ where: { causeId: { in: [...causeIds] } }, data: { goneAt } })
}
