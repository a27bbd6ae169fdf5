import { DisksMessage } from '@/lib/agent-protocol/disks'
import { type Db, db } from '@/lib/db/client'
import { jsonPart } from '@/lib/db/json-column'

export interface DiskFact {
  hostId: string
  disks: DisksMessage
}

/** Hosts that answer, of which a disk says that something is wrong, or is worn by so many percent. */
export async function findBadDisks({ wearPercent }: { wearPercent: number }, tx: Db = db()): Promise<DiskFact[]> {
  const rows = await tx.$queryRaw<{ hostId: string; disks: unknown }[]>`
    SELECT "id" AS "hostId", "observedInfo" -> 'disks' AS "disks" FROM "Host"
    WHERE ("troubledDisks" > 0 OR "diskWearPercent" >= ${wearPercent})
      AND "revokedAt" IS NULL AND "observedStatus" NOT IN ('offline', 'error')
    ORDER BY "id"`
  return rows.flatMap(({ hostId, disks }) => {
    const read = DisksMessage.safeParse(jsonPart(disks)).data
    return read === undefined ? [] : [{ hostId, disks: read }]
  })
}
