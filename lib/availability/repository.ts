import { type Counted, HEALTH } from '@/lib/availability/days'
import { type Db, db } from '@/lib/db/client'

/** A backend on all of its hosts, or all backends of a host. */
export type Of = { backendId: string } | { hostId: string }

const COUNTED = { id: true, health: true, healthSince: true, countedUntil: true } as const

/** The hosts of a backend of which anything was ever counted. */
export function findHosts(backendId: string) {
  return db().reach.findMany({
    where: { backendId, countedUntil: { not: null }, host: { revokedAt: null } },
    select: { ...COUNTED, host: { select: { id: true, name: true } } },
  })
}

/** The backends of which anything was ever counted on a host. */
export function findBackends(hostId: string) {
  return db().reach.findMany({
    where: { hostId, countedUntil: { not: null }, host: { revokedAt: null } },
    select: { ...COUNTED, backend: { select: { id: true, name: true, source: true, config: true } } },
  })
}

/** What was counted on the days from then on, by id of the row of the backend on the host. */
export async function findDays(of: Of, from: number): Promise<Map<number, Counted>> {
  const rows = await db().healthDay.groupBy({
    by: ['reachId'],
    where: { day: { gte: from }, reach: of },
    _sum: { wellSeconds: true, failingSeconds: true, outages: true },
  })
  return new Map(
    rows.map(({ reachId, _sum: { wellSeconds, failingSeconds, outages } }) => [
      reachId,
      { wellSeconds: wellSeconds ?? 0, failingSeconds: failingSeconds ?? 0, outages: outages ?? 0 },
    ]),
  )
}

/** What hosts show of mounts and connections: what fails, and how fast it answers. */
export async function findShown(of: Of) {
  const observed = { observedError: true, observedProblem: true, observedValues: true, observedSaid: true } as const
  const [mounts, connections] = await Promise.all([
    db().mountOnHost.findMany({
      where: {
        removed: false,
        desiredState: 'mounted',
        ...('hostId' in of ? { ...of, mount: { deletedAt: null } } : { mount: { ...of, deletedAt: null } }),
      },
      select: { hostId: true, usage: true, mount: { select: { backendId: true } }, ...observed },
    }),
    db().backendOnHost.findMany({
      where: { ...of, desired: 'connected' },
      select: { hostId: true, backendId: true, ...observed },
    }),
  ])
  return [
    ...mounts.map(({ mount: { backendId }, ...row }) => ({ ...row, backendId })),
    ...connections.map((row) => ({ ...row, usage: null })),
  ]
}

/** A backend that could not be used somewhere in these days, all its hosts together. */
export interface FailedLately {
  id: string
  name: string
  driver: string
  config: unknown
  failingSeconds: number
  /** Hosts of which anything is known. */
  hosts: number
  hostIds: string[]
}

/** With what fails now, up to `now`. Of days on which all was well nothing is read. */
export async function findFailedLately(from: number, now: Date, tx: Db = db()): Promise<FailedLately[]> {
  const [days, failing] = await Promise.all([
    tx.healthDay.groupBy({
      by: ['reachId'],
      where: { failingSeconds: { gt: 0 }, day: { gte: from } },
      _sum: { failingSeconds: true },
    }),
    tx.reach.findMany({ where: { health: HEALTH.failing }, select: { id: true, countedUntil: true } }),
  ])
  const seconds = new Map(days.map(({ reachId, _sum }) => [reachId, _sum.failingSeconds ?? 0]))
  for (const { id, countedUntil } of failing) {
    const open = countedUntil === null ? 0 : Math.max(0, now.getTime() - countedUntil.getTime()) / 1000
    seconds.set(id, (seconds.get(id) ?? 0) + open)
  }
  if (seconds.size === 0) return []
  const rows = await tx.reach.findMany({
    where: { id: { in: [...seconds.keys()] }, host: { revokedAt: null } },
    select: { id: true, hostId: true, backend: { select: { id: true, name: true, driver: true, config: true } } },
  })
  const ofBackend = Map.groupBy(rows, ({ backend }) => backend.id)
  const counts = await tx.reach.groupBy({
    by: ['backendId'],
    where: { backendId: { in: [...ofBackend.keys()] }, countedUntil: { not: null }, host: { revokedAt: null } },
    _count: { _all: true },
  })
  return counts.flatMap(({ backendId, _count: { _all: hosts } }) => {
    const failed = ofBackend.get(backendId) ?? []
    const backend = failed[0]?.backend
    if (backend === undefined) return []
    const failingSeconds = failed.reduce((sum, { id }) => sum + (seconds.get(id) ?? 0), 0)
    return [{ ...backend, failingSeconds, hosts, hostIds: failed.map(({ hostId }) => hostId) }]
  })
}
