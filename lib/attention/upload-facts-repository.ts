import { isUsage } from '@/lib/backends/host-usage'
import { type Db, db } from '@/lib/db/client'

export interface StalledFact {
  hostId: string
  mount: { id: string; name: string; backend: { id: string; name: string } }
  since: Date
  /** What the last attempt failed with. */
  said: string | null
}

/** Mounts on hosts that answer, on which files have waited since before then and none was uploaded. */
export async function findStalledUploads(before: Date, tx: Db = db()): Promise<StalledFact[]> {
  const rows = await tx.mountOnHost.findMany({
    where: {
      uploadsStalledSince: { lte: before },
      removed: false,
      host: { revokedAt: null, observedStatus: { notIn: ['offline', 'error'] } },
    },
    select: {
      hostId: true,
      uploadsStalledSince: true,
      usage: true,
      mount: { select: { id: true, name: true, backend: { select: { id: true, name: true } } } },
    },
    orderBy: [{ mountId: 'asc' }, { hostId: 'asc' }],
  })
  return rows.flatMap(({ uploadsStalledSince: since, usage, ...row }) =>
    since === null ? [] : [{ ...row, since, said: saidIn(usage) }],
  )
}

function saidIn(usage: unknown): string | null {
  return isUsage(usage) ? (usage.pending?.said ?? null) : null
}
