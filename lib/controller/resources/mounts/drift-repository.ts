import type { DesiredMount } from '@/lib/controller/resources/mounts/mounts-repository'
import type { Db, Prisma } from '@/lib/db/client'
import { adoptionOf, type Drift, type Repairs } from '@/lib/mounts/drift'

/** The wish that was looked at, and no newer one. */
function asSeen(row: DesiredMount): Prisma.MountOnHostWhereInput {
  return {
    mountId: row.mountId,
    hostId: row.hostId,
    desiredGeneration: row.desiredGeneration,
    desiredState: row.desiredState,
    removed: false,
  }
}

/** One more repair, written down before it is tried; false when the wish has changed meanwhile. */
export async function saveRepair(tx: Db, row: DesiredMount, drift: Drift, repairs: Repairs): Promise<boolean> {
  const { count } = await tx.mountOnHost.updateMany({ where: asSeen(row), data: { ...repairs } })
  if (count === 0) return false
  await saveEvent(tx, row, `Put back: ${drift.message}`, repairs.repairedAt ?? new Date())
  return true
}

/** What was found becomes the wish for this host; false when the wish has changed meanwhile. */
export async function adoptDrift(tx: Db, row: DesiredMount, drift: Drift, now: Date): Promise<boolean> {
  const { desiredState, overrides } = adoptionOf(row, drift)
  const { generation } = row.mount
  const { count: claimed } = await tx.mount.updateMany({
    where: { id: row.mountId, generation, deletedAt: null },
    data: { generation: { increment: 1 } },
  })
  if (claimed === 0) return false
  const { count } = await tx.mountOnHost.updateMany({
    where: asSeen(row),
    data: {
      ...(desiredState === undefined ? {} : { desiredState }),
      ...(overrides === undefined ? {} : { overrides: overrides as Prisma.InputJsonValue }),
      desiredGeneration: generation + 1,
      attempts: 0,
      nextAttemptAt: null,
      repairs: 0,
      repairedAt: null,
    },
  })
  if (count > 0) await saveEvent(tx, row, `Taken over: ${drift.message}`, now)
  return count > 0
}

async function saveEvent(tx: Db, row: DesiredMount, error: string, at: Date): Promise<void> {
  const state = row.observedState as Prisma.MountEventCreateInput['state']
  await tx.mountEvent.create({ data: { mountId: row.mountId, hostId: row.hostId, at, state, error } })
}
