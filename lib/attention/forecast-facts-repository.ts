import { type Db, db } from '@/lib/db/client'

/** A storage that grows for certain, and when it is full by the forecast. */
export interface FillingFact {
  subject: { kind: 'backend' | 'pool' | 'mount'; id: string; name: string }
  /** The backend that it lies on; null of one itself. */
  backendId: string | null
  /** Whose storage it is, where each host has its own. */
  host: { id: string; name: string } | null
  fullAt: Date
  growthBytesPerDay: number
}

/** What will be full before `until`, of what is still there. */
export async function findFilling(until: Date, tx: Db = db()): Promise<FillingFact[]> {
  const series = await tx.capacitySeries.findMany({ where: { fullAt: { lte: until } }, orderBy: { id: 'asc' } })
  if (series.length === 0) return []
  const ids = { in: [...new Set(series.map(({ subjectId }) => subjectId))] }
  const named = { id: true, name: true } as const
  const [backends, pools, mounts, hosts] = await Promise.all([
    tx.backend.findMany({ where: { id: ids }, select: named }),
    tx.pool.findMany({ where: { id: ids, deletedAt: null }, select: { ...named, backendId: true } }),
    tx.mount.findMany({ where: { id: ids, deletedAt: null }, select: { ...named, backendId: true } }),
    tx.host.findMany({ where: { id: { in: series.map(({ hostId }) => hostId) }, revokedAt: null }, select: named }),
  ])
  const subjects = new Map<string, Pick<FillingFact, 'subject' | 'backendId'>>([
    ...backends.map((row) => [row.id, { subject: { kind: 'backend', ...row }, backendId: null }] as const),
    ...pools.map(({ backendId, ...row }) => [row.id, { subject: { kind: 'pool', ...row }, backendId }] as const),
    ...mounts.map(({ backendId, ...row }) => [row.id, { subject: { kind: 'mount', ...row }, backendId }] as const),
  ])
  const hostOf = new Map(hosts.map((host) => [host.id, host]))
  return series.flatMap(({ subjectId, hostId, fullAt, growthBytesPerDay }) => {
    const subject = subjects.get(subjectId)
    const host = hostId === '' ? null : hostOf.get(hostId)
    if (subject === undefined || host === undefined || fullAt === null) return []
    return [{ ...subject, host, fullAt, growthBytesPerDay: growthBytesPerDay ?? 0 }]
  })
}
