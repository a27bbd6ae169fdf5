import { DbNull } from '@prisma/client/runtime/client'
import type { ObservedMount } from '@/lib/agent-protocol/messages'
import type { Db, Prisma } from '@/lib/db/client'
import type { StoredSecret } from '@/lib/db/sealed-secrets'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { overridesOf } from '@/lib/mounts/effective'
import { mayBeAt } from '@/lib/mounts/place'

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
  observedState: string
  observedGeneration: number | null
  observedOptions: string | null
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

export interface DesiredBackend {
  id: string
  driver: string
  config: Prisma.JsonValue
  secrets: StoredSecret[]
}

const SECRET = { field: true, sealed: true, sealedFor: true } as const

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
      backend: { select: { id: true, driver: true, config: true, secrets: { select: SECRET } } },
    },
  },
} satisfies Prisma.MountOnHostSelect

export function findDesiredOfMount(db: Db, mountId: string, hostIds: string[]): Promise<DesiredMount[]> {
  return db.mountOnHost.findMany({ where: { mountId, hostId: { in: hostIds } }, select: DESIRED })
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

export function findBackend(db: Db, backendId: string): Promise<(DesiredBackend & { generation: number }) | null> {
  return db.backend.findUnique({
    where: { id: backendId },
    select: { id: true, driver: true, config: true, generation: true, secrets: { select: SECRET } },
  })
}

/** A mount of this backend that is mounted on this host: usage is read there without mounting again. */
export async function findMountedOn(db: Db, backendId: string, hostId: string): Promise<string | null> {
  const row = await db.mountOnHost.findFirst({
    where: { hostId, observedState: 'mounted', mount: { backendId } },
    select: { mountId: true },
  })
  return row?.mountId ?? null
}

// ---- observed ------------------------------------------------------------------------------------------------------------

export interface ObservedRow {
  mountId: string
  hostId: string
  observedState: ObservedMount['state'] | 'unknown'
  observedGeneration: number | null
  observedSince: Date | null
  observedError: string | null
  observedProblem: string | null
  observedOptions: string | null
  usage: Prisma.JsonValue
  node: Prisma.JsonValue
}

export interface KnownRow extends ObservedRow {
  backendId: string
}

/** Everything that is stored about observed mounts, to begin with. */
export async function findObserved(db: Db): Promise<KnownRow[]> {
  const rows = await db.mountOnHost.findMany({
    select: {
      mountId: true,
      hostId: true,
      observedState: true,
      observedGeneration: true,
      observedSince: true,
      observedError: true,
      observedProblem: true,
      observedOptions: true,
      usage: true,
      node: true,
      mount: { select: { backendId: true } },
    },
  })
  return rows.map(({ mount, ...row }) => ({ ...row, backendId: mount.backendId }))
}

function storable(value: Prisma.JsonValue): Prisma.InputJsonValue | typeof DbNull {
  return value === null ? DbNull : (value as Prisma.InputJsonValue)
}

export async function saveObserved(tx: Db, row: ObservedRow, at: Date): Promise<void> {
  const { mountId, hostId, usage, node, ...columns } = row
  await tx.mountOnHost.updateMany({
    where: { mountId, hostId },
    data: { ...columns, observedAt: at, usage: storable(usage), node: storable(node) },
  })
}

/** A line of history, unless the mount or the host has gone meanwhile. */
/** A line of a mount's history. */
export interface MountEventRow {
  mountId: string
  hostId: string
  state: ObservedRow['observedState']
  error: string | null
  problem: string | null
}

export async function saveMountEvent(tx: Db, event: MountEventRow & { at: Date }): Promise<void> {
  const { mountId, hostId } = event
  const isThere = await tx.mountOnHost.count({ where: { mountId, hostId } })
  if (isThere > 0) await tx.mountEvent.create({ data: event, select: { id: true } })
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
  await tx.mountOnHost.deleteMany({
    where: { mountId, hostId, OR: [{ removed: true }, { mount: { deletedAt: { not: null } } }] },
  })
  // Whoever waits for this place need not wait any longer.
  await tx.mountOnHost.updateMany({
    where: { hostId, observedProblem: 'mount.place_taken' satisfies ProblemId },
    data: { attempts: 0, nextAttemptAt: null },
  })
  await tx.mount.deleteMany({ where: { id: mountId, deletedAt: { not: null }, hosts: { none: {} } } })
}

/** Tombstones that nobody can acknowledge any more: the host was revoked or deleted. Returns how many mounts went. */
export async function dropOrphanedTombstones(tx: Db): Promise<number> {
  await tx.mountOnHost.deleteMany({
    where: {
      host: { revokedAt: { not: null } },
      OR: [{ removed: true }, { mount: { deletedAt: { not: null } } }],
    },
  })
  const { count } = await tx.mount.deleteMany({ where: { deletedAt: { not: null }, hosts: { none: {} } } })
  return count
}

// ---- backends ------------------------------------------------------------------------------------------------------------

export interface BackendObservation {
  observedStatus?: 'online' | 'offline' | 'error'
  observedError?: string | null
  observedAt?: Date
  lastTestAt?: Date
  lastTestOperation?: string
  totalBytes?: bigint | null
  usedBytes?: bigint | null
  availableBytes?: bigint | null
  fileCount?: bigint | null
  usageAt?: Date
}

/** `updatedAt` tells when a person changed the backend; an observation leaves it as it is, and gives way to a change. */
export async function saveBackend(tx: Db, backendId: string, observation: BackendObservation): Promise<void> {
  const row = await tx.backend.findUnique({ where: { id: backendId }, select: { generation: true, updatedAt: true } })
  if (!row) return
  await tx.backend.updateMany({
    where: { id: backendId, generation: row.generation },
    data: { ...observation, updatedAt: row.updatedAt },
  })
}

export interface BackendMountState {
  state: string
  wanted: boolean
  error: string | null
  hostName: string
  usage: Prisma.JsonValue
  observedAt: Date | null
}

/** What hosts that are online see of this backend's mounts. */
export async function findMountStates(tx: Db, backendId: string): Promise<BackendMountState[]> {
  const rows = await tx.mountOnHost.findMany({
    where: {
      removed: false,
      mount: { backendId, deletedAt: null },
      host: { observedStatus: 'online', revokedAt: null },
    },
    select: {
      observedState: true,
      desiredState: true,
      observedError: true,
      usage: true,
      observedAt: true,
      host: { select: { name: true } },
    },
  })
  return rows.map((row) => ({
    state: row.observedState,
    wanted: row.desiredState === 'mounted',
    error: row.observedError,
    hostName: row.host.name,
    usage: row.usage,
    observedAt: row.observedAt,
  }))
}
