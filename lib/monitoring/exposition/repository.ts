import { type Db, db } from '@/lib/db/client'
import { JUDGED_ON_HOST } from '@/lib/mounts/judged-columns'

const ROWS_AT_ONCE = 2_000

export function findHosts() {
  return db().host.findMany({
    where: { revokedAt: null },
    select: {
      id: true,
      name: true,
      observedStatus: true,
      observedAt: true,
      revokedAt: true,
      updatedAt: true,
      clockSkewMs: true,
      certificateNotAfter: true,
    },
    orderBy: { name: 'asc' },
  })
}
export type HostRow = Awaited<ReturnType<typeof findHosts>>[number]

/** By id of the host. What else agents have told of themselves is long, and stays where it is. */
export async function findAgentVersions(): Promise<Map<string, string | null>> {
  const rows = await db().$queryRaw<{ id: string; version: string | null }[]>`
    SELECT "id", "observedInfo" ->> 'agentVersion' AS "version" FROM "Host"`
  return new Map(rows.map(({ id, version }) => [id, version]))
}

export function findBackends() {
  return db().backend.findMany({
    select: {
      id: true,
      name: true,
      driver: true,
      observedStatus: true,
      hosts: {
        where: { desired: 'connected' },
        select: {
          desired: true,
          observedState: true,
          observedAt: true,
          host: { select: { name: true, observedStatus: true, revokedAt: true, updatedAt: true } },
        },
      },
    },
    orderBy: { name: 'asc' },
  })
}
export type BackendRow = Awaited<ReturnType<typeof findBackends>>[number]

export function findMounts() {
  return db().mount.findMany({
    select: {
      id: true,
      name: true,
      mountPoint: true,
      readOnly: true,
      deletedAt: true,
      backend: { select: { name: true, driver: true, config: true } },
    },
    orderBy: { name: 'asc' },
  })
}
export type MountRow = Awaited<ReturnType<typeof findMounts>>[number]

/** What is judged of a mount on a host, and not its words. */
const {
  observedSince: _since,
  observedProblem: _problem,
  observedValues: _values,
  observedSaid: _said,
  ...JUDGED
} = JUDGED_ON_HOST

function findCellsAfter(from: { mountId: string; hostId: string }) {
  return db().mountOnHost.findMany({
    where: { OR: [{ mountId: { gt: from.mountId } }, { mountId: from.mountId, hostId: { gt: from.hostId } }] },
    select: { mountId: true, ...JUDGED },
    orderBy: [{ mountId: 'asc' }, { hostId: 'asc' }],
    take: ROWS_AT_ONCE,
  })
}
export type CellRow = Awaited<ReturnType<typeof findCellsAfter>>[number]

/** All mounts on all hosts, some at a time: between two lots other requests have their turn. */
export async function* findCells(): AsyncGenerator<CellRow> {
  for (let from = { mountId: '', hostId: '' }; ; ) {
    const rows = await findCellsAfter(from)
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < ROWS_AT_ONCE) return
    from = last
  }
}

export function countVolumes(tx: Db = db()) {
  return tx.volume.groupBy({ by: ['poolId', 'phase'], _count: { _all: true } })
}
