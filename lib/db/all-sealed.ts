import type { Db } from '@/lib/db/client'

/** Every secret that is stored, wherever that is, as it was sealed. */
export async function findAllSealed(db: Db): Promise<string[]> {
  const rows = await Promise.all([
    db.backendSecret.findMany({ select: { sealed: true } }),
    db.notifierSecret.findMany({ select: { sealed: true } }),
    db.heartbeat.findMany({ select: { sealed: true } }),
  ])
  return rows.flat().map(({ sealed }) => sealed)
}
