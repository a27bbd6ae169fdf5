import { join, sqltag } from '@prisma/client/runtime/client'
import type { ObservedMount } from '@/lib/agent-protocol/messages'
import type { HistoryLine, StoredRow } from '@/lib/controller/resources/kind'
import type { ProblemColumns } from '@/lib/controller/resources/problem-columns'
import type { Db, Prisma } from '@/lib/db/client'
import { storable } from '@/lib/db/json-column'

/** What is stored of a mount on a host. */
export interface StoredMount extends StoredRow, ProblemColumns {
  observedState: ObservedMount['state'] | 'unknown'
  observedOptions: string | null
  observedPlace: string | null
  observedProven: boolean | null
  usage: Prisma.JsonValue
  uploadsStalledSince: Date | null
  node: Prisma.JsonValue
}

/** Everything that is stored about observed mounts, to begin with. */
export async function findObserved(db: Db): Promise<StoredMount[]> {
  const rows = await db.mountOnHost.findMany({
    select: {
      mountId: true,
      hostId: true,
      observedState: true,
      observedGeneration: true,
      observedSince: true,
      observedError: true,
      observedProblem: true,
      observedValues: true,
      observedSaid: true,
      observedOptions: true,
      observedPlace: true,
      observedProven: true,
      usage: true,
      uploadsStalledSince: true,
      node: true,
    },
  })
  return rows.map(({ mountId, ...row }) => ({ id: mountId, ...row }))
}

export async function saveObserved(tx: Db, row: StoredMount, at: Date): Promise<void> {
  const { id, hostId, usage, node, observedValues, ...columns } = row
  await tx.mountOnHost.updateMany({
    where: { mountId: id, hostId },
    data: {
      ...columns,
      observedAt: at,
      observedValues: storable(observedValues),
      usage: storable(usage),
      node: storable(node),
    },
  })
}

/** In one statement: of ten thousand mounts that were measured anew, one each takes seconds. */
export async function saveFigures(tx: Db, rows: readonly StoredMount[], at: Date): Promise<void> {
  const values = rows.map(({ id, hostId, usage }) => {
    const text = usage === null ? null : JSON.stringify(usage)
    // To SQLite `json` is a function that leaves the text as it is, to PostgreSQL a cast.
    return sqltag`(${id}, ${hostId}, json(CAST(${text} AS text)))`
  })
  await tx.$executeRaw`
    UPDATE "MountOnHost" SET "usage" = "figures"."column3", "observedAt" = ${at}
    FROM (VALUES ${join(values)}) AS "figures"
    WHERE "mountId" = "figures"."column1" AND "hostId" = "figures"."column2"`
}

/** A line of history, unless the mount or the host has gone meanwhile. */
export async function saveMountEvent(tx: Db, row: StoredMount, line: HistoryLine, at: Date): Promise<void> {
  const where = { mountId: row.id, hostId: row.hostId }
  if ((await tx.mountOnHost.count({ where })) === 0) return
  const state = line.state as StoredMount['observedState']
  const ofProblem = line.problem === null ? {} : { values: storable(row.observedValues), said: row.observedSaid }
  await tx.mountEvent.create({ data: { ...where, ...line, ...ofProblem, state, at }, select: { id: true } })
}

/** "Still the same" for all mounts of these hosts. */
export async function touchMounts(tx: Db, hostIds: string[], at: Date): Promise<void> {
  await tx.mountOnHost.updateMany({
    where: { hostId: { in: hostIds }, observedState: { not: 'unknown' } },
    data: { observedAt: at },
  })
}
