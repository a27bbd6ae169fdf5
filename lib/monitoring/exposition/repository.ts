import { DisksMessage } from '@/lib/agent-protocol/disks'
import { type Db, db } from '@/lib/db/client'
import { jsonPart } from '@/lib/db/json-column'
import { eachCell, type Lot } from '@/lib/mounts/each-cell'
import { JUDGED_ON_HOST } from '@/lib/mounts/judged-columns'

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

/** Of hosts that answer. */
export async function findDisks(): Promise<{ host: string; disks: DisksMessage }[]> {
  const rows = await db().$queryRaw<{ host: string; disks: unknown }[]>`
    SELECT "name" AS "host", "observedInfo" -> 'disks' AS "disks" FROM "Host"
    WHERE "observedStatus" = 'online' AND "revokedAt" IS NULL ORDER BY "name"`
  return rows.flatMap(({ host, disks: stored }) => {
    const disks = DisksMessage.safeParse(jsonPart(stored)).data
    return disks === undefined ? [] : [{ host, disks }]
  })
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

function findLot({ after, orderBy, take }: Lot) {
  return db().mountOnHost.findMany({ where: after, select: { mountId: true, ...JUDGED }, orderBy, take })
}
export type CellRow = Awaited<ReturnType<typeof findLot>>[number]

/** All mounts on all hosts. */
export function findCells(): AsyncGenerator<CellRow> {
  return eachCell(findLot)
}

export function countVolumes(tx: Db = db()) {
  return tx.volume.groupBy({ by: ['poolId', 'phase'], _count: { _all: true } })
}
