import { DESIRED_BACKEND, type DesiredBackend } from '@/lib/controller/resources/backend-repository'
import type { Db, Prisma } from '@/lib/db/client'
import { holdDeleted } from '@/lib/db/hold-rows'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { overridesOf } from '@/lib/mounts/effective'
import { mayBeAt } from '@/lib/mounts/place'
import type { ObservedState } from '@/lib/mounts/schema'

/** One mount on one host, as much as it takes to carry it out. */
export interface DesiredMount {
  mountId: string
  hostId: string
  desiredState: 'mounted' | 'unmounted'
  desiredGeneration: number
  removed: boolean
  /** The rollout that has not reached this host yet. */
  heldBy: string | null
  /** What is different on this host; `effectiveMount` puts it on top. */
  overrides: Prisma.JsonValue
  /** Somebody else had mounted it; the agent takes it over as it is. */
  adopted: boolean
  observedState: ObservedState
  observedGeneration: number | null
  observedOptions: string | null
  /** How it differed when it was taken over; see `WishOnHost`. */
  takenOverWith?: unknown
  nextAttemptAt: Date | null
  attempts: number
  repairs: number
  repairedAt: Date | null
  mount: {
    name: string
    mountPoint: string
    readOnly: boolean
    autoMount: boolean
    onDrift: 'report' | 'repair' | 'adopt'
    generation: number
    deletedAt: Date | null
    backend: DesiredBackend
  }
}

const DESIRED = {
  mountId: true,
  hostId: true,
  desiredState: true,
  desiredGeneration: true,
  removed: true,
  heldBy: true,
  overrides: true,
  adopted: true,
  observedState: true,
  observedGeneration: true,
  observedOptions: true,
  takenOverWith: true,
  nextAttemptAt: true,
  attempts: true,
  repairs: true,
  repairedAt: true,
  mount: {
    select: {
      name: true,
      mountPoint: true,
      readOnly: true,
      autoMount: true,
      onDrift: true,
      generation: true,
      deletedAt: true,
      backend: { select: DESIRED_BACKEND },
    },
  },
} satisfies Prisma.MountOnHostSelect

export function findDesiredOfMount(db: Db, mountId: string, hostIds: readonly string[]): Promise<DesiredMount[]> {
  return db.mountOnHost.findMany({ where: { mountId, hostId: { in: [...hostIds] } }, select: DESIRED })
}

export function findDesiredOfHost(db: Db, hostId: string): Promise<DesiredMount[]> {
  return db.mountOnHost.findMany({ where: { hostId }, select: DESIRED, orderBy: { mountId: 'asc' } })
}

/**
 * The name of another mount that has this row's place on its host: one that the host has been told of, or the older of two that
 * wait. Null when the place is free.
 */
export async function findPlaceHolder(db: Db, row: DesiredMount): Promise<string | null> {
  const placeOf = (mountPoint: string, overrides: unknown) => overridesOf(overrides).mount_point ?? mountPoint
  const place = placeOf(row.mount.mountPoint, row.overrides)
  const rows = await db.mountOnHost.findMany({
    where: { hostId: row.hostId, mountId: { not: row.mountId }, ...mayBeAt(place) },
    select: {
      mountId: true,
      observedGeneration: true,
      overrides: true,
      mount: { select: { name: true, mountPoint: true } },
    },
  })
  const others = rows.filter((other) => placeOf(other.mount.mountPoint, other.overrides) === place)
  const isTold = row.observedGeneration !== null
  const holder = others.find((other) => {
    const isOtherTold = other.observedGeneration !== null
    return isOtherTold === isTold ? other.mountId < row.mountId : isOtherTold
  })
  return holder?.mount.name ?? null
}

export async function findHostsOf(db: Db, mountId: string): Promise<string[]> {
  const rows = await db.mountOnHost.findMany({ where: { mountId }, select: { hostId: true } })
  return rows.map(({ hostId }) => hostId)
}

/** How the last command for this row went; a success clears the backoff. */
export async function saveAttempt(
  tx: Db,
  row: { mountId: string; hostId: string },
  attempt: { attempts: number; nextAttemptAt: Date | null },
): Promise<void> {
  await tx.mountOnHost.updateMany({ where: { mountId: row.mountId, hostId: row.hostId }, data: attempt })
}

/** The host has let go of the mount. The mount's own row goes with the last of its hosts. */
export async function dropAcknowledged(tx: Db, mountId: string, hostId: string): Promise<void> {
  await holdDeleted(tx, 'mount', [mountId])
  await tx.mountOnHost.deleteMany({
    where: { mountId, hostId, OR: [{ removed: true }, { mount: { deletedAt: { not: null } } }] },
  })
  // Whoever waits for this place need not wait any longer.
  await tx.mountOnHost.updateMany({
    where: { hostId, observedProblem: 'mount.place_taken' satisfies ProblemId },
    data: { attempts: 0, nextAttemptAt: null },
  })
  // That of a pool goes with it.
  await tx.mount.deleteMany({
    where: { id: mountId, deletedAt: { not: null }, hosts: { none: {} }, pool: { is: null } },
  })
}

/** Tombstones that nobody can acknowledge any more: the host was revoked or deleted. Returns how many mounts went. */
export async function dropOrphanedTombstones(tx: Db): Promise<number> {
  await tx.mountOnHost.deleteMany({
    where: {
      host: { revokedAt: { not: null } },
      OR: [{ removed: true }, { mount: { deletedAt: { not: null } } }],
    },
  })
  const { count } = await tx.mount.deleteMany({
    where: { deletedAt: { not: null }, hosts: { none: {} }, pool: { is: null } },
  })
  return count
}
