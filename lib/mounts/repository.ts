import { type Db, db, type Prisma } from '@/lib/db/client'
import { insertRows } from '@/lib/db/insert-rows'
import { storable } from '@/lib/db/json-column'
import type { OptionDifference } from '@/lib/drivers/options/effective-options'
import type { Adoption } from '@/lib/mounts/drift'
import { overridesOf, type StoredOverrides } from '@/lib/mounts/effective'
import { JUDGED_ON_HOST } from '@/lib/mounts/judged-columns'
import { mayBeAt, seenAt } from '@/lib/mounts/place'
import type { ObservedState } from '@/lib/mounts/schema'

const ON_HOST = {
  ...JUDGED_ON_HOST,
  heldBy: true,
  observedPlace: true,
  usage: true,
  node: true,
  nextAttemptAt: true,
  repairs: true,
  repairedAt: true,
  host: { select: { name: true, observedStatus: true, revokedAt: true, updatedAt: true } },
} as const satisfies Prisma.MountOnHostSelect

const COLUMNS = {
  id: true,
  name: true,
  mountPoint: true,
  readOnly: true,
  autoMount: true,
  targets: true,
  targetLabels: true,
  onDrift: true,
  desiredState: true,
  generation: true,
  deletedAt: true,
  createdAt: true,
  updatedAt: true,
  backend: { select: { id: true, name: true, driver: true, source: true, config: true } },
  pool: { select: { id: true, name: true } },
  repository: { select: { id: true, name: true } },
  hosts: { select: ON_HOST, orderBy: { hostId: 'asc' } },
} as const satisfies Prisma.MountSelect

export type MountRecord = Prisma.MountGetPayload<{ select: typeof COLUMNS }>
export type MountOnHostRecord = MountRecord['hosts'][number]

export interface MountFilter {
  backendIds?: readonly string[] | undefined
  hostIds?: readonly string[] | undefined
  /** One of its hosts, or one of those that are named, shows one of these. */
  states?: readonly ObservedState[] | undefined
  /** Of the backend. */
  drivers?: readonly string[] | undefined
  ids?: readonly string[] | undefined
}

function whereOf({ backendIds, hostIds, states, drivers, ids }: MountFilter): Prisma.MountWhereInput {
  const onHost: Prisma.MountOnHostWhereInput = {
    ...(hostIds === undefined ? {} : { hostId: { in: [...hostIds] } }),
    ...(states === undefined ? {} : { observedState: { in: [...states] } }),
  }
  return {
    ...(backendIds === undefined ? {} : { backendId: { in: [...backendIds] } }),
    ...(hostIds === undefined && states === undefined ? {} : { hosts: { some: onHost } }),
    ...(drivers === undefined ? {} : { backend: { driver: { in: [...drivers] } } }),
    ...(ids === undefined ? {} : { id: { in: [...ids] } }),
  }
}

/** In the order of their ids, which is the order in which they were made. */
export function findPage(filter: MountFilter, after: string | undefined, take: number): Promise<MountRecord[]> {
  const where: Prisma.MountWhereInput =
    after === undefined ? whereOf(filter) : { AND: [whereOf(filter), { id: { gt: after } }] }
  return db().mount.findMany({ where, select: COLUMNS, orderBy: { id: 'asc' }, take })
}

export function count(filter: MountFilter): Promise<number> {
  return db().mount.count({ where: whereOf(filter) })
}

export function findNames() {
  return db().mount.findMany({
    select: { id: true, name: true, mountPoint: true, backend: { select: { name: true, source: true } } },
  })
}

/** What decides how a mount is judged, and nothing else. */
const JUDGED = {
  id: true,
  mountPoint: true,
  readOnly: true,
  deletedAt: true,
  backend: { select: { driver: true, config: true } },
  hosts: {
    select: {
      ...JUDGED_ON_HOST,
      node: true,
      host: { select: { observedStatus: true, revokedAt: true, updatedAt: true } },
    },
  },
} as const satisfies Prisma.MountSelect

export type JudgedMount = Prisma.MountGetPayload<{ select: typeof JUDGED }>

export function findJudged(filter: MountFilter): Promise<JudgedMount[]> {
  return db().mount.findMany({ where: whereOf(filter), select: JUDGED })
}

export function findById(id: string, tx: Db = db()): Promise<MountRecord | null> {
  return tx.mount.findUnique({ where: { id }, select: COLUMNS })
}

/** Mounts of a backend that are not on their way out. */
export function findOfBackend(tx: Db, backendId: string): Promise<MountRecord[]> {
  return tx.mount.findMany({ where: { backendId, deletedAt: null }, select: COLUMNS, orderBy: { id: 'asc' } })
}

/** What else than `mountId` is to be, or is still, at this place on one of these hosts. */
export async function findAtPlace(tx: Db, mountId: string, mountPoint: string, hostIds: readonly string[]) {
  const rows = await tx.mountOnHost.findMany({
    where: { hostId: { in: [...hostIds] }, mountId: { not: mountId }, ...mayBeAt(mountPoint) },
    select: {
      overrides: true,
      observedState: true,
      observedPlace: true,
      mount: { select: { id: true, name: true, mountPoint: true, deletedAt: true } },
      host: { select: { name: true } },
    },
  })
  const found = rows.map(({ mount, host, ...row }) => {
    const isWanted = (overridesOf(row.overrides).mount_point ?? mount.mountPoint) === mountPoint
    return { mount, host, isWanted, isThere: seenAt(row) === mountPoint }
  })
  return found.find(({ isWanted, isThere }) => isWanted || isThere) ?? null
}

/** Another mount of this name, also one that is on its way out. */
export function findNamed(tx: Db, name: string, except: string) {
  return tx.mount.findFirst({ where: { name, id: { not: except } }, select: { id: true, name: true, deletedAt: true } })
}

export function findHosts(tx: Db, ids: readonly string[]) {
  return tx.host.findMany({ where: { id: { in: [...ids] } }, select: { id: true, name: true, revokedAt: true } })
}

/** Every host, for a rule to choose from. */
export function findCandidates(tx: Db) {
  return tx.host.findMany({ select: { id: true, labels: true, revokedAt: true }, orderBy: { id: 'asc' } })
}

export interface NewMount {
  id: string
  name: string
  backendId: string
  mountPoint: string
  readOnly: boolean
  autoMount: boolean
  targets: MountRecord['targets']
  targetLabels: Record<string, string>
  onDrift: MountRecord['onDrift']
  desiredState: 'mounted' | 'unmounted'
}

export async function insert(tx: Db, row: NewMount): Promise<void> {
  await tx.mount.create({ data: row, select: { id: true } })
}

export async function insertHosts(
  tx: Db,
  mountId: string,
  hostIds: readonly string[],
  desired: { desiredState: 'mounted' | 'unmounted'; desiredGeneration: number; adopted?: boolean },
): Promise<void> {
  const rows = hostIds.map((hostId) => ({ mountId, hostId, ...desired }))
  await insertRows(tx, 'MountOnHost', rows)
}

/** How the options in force differ from those asked for at the moment in which the mount is taken over. */
export async function saveTakenOver(
  tx: Db,
  { mountId, hostId }: { mountId: string; hostId: string },
  differences: readonly OptionDifference[],
): Promise<void> {
  await tx.mountOnHost.updateMany({ where: { mountId, hostId }, data: { takenOverWith: storable(differences) } })
}

export interface MountChange {
  name?: string
  mountPoint?: string
  readOnly?: boolean
  autoMount?: boolean
  targets?: MountRecord['targets']
  targetLabels?: Record<string, string>
  onDrift?: MountRecord['onDrift']
  desiredState?: 'mounted' | 'unmounted'
  deletedAt?: Date
}

/** Raises the generation; the new one, or null when it is not `expected` any more. */
export async function update(tx: Db, id: string, expected: number, change: MountChange): Promise<number | null> {
  const { count: changed } = await tx.mount.updateMany({
    where: { id, generation: expected, deletedAt: null },
    data: { ...change, generation: { increment: 1 } },
  })
  return changed === 1 ? expected + 1 : null
}

/** Earlier failures and repairs say nothing about a new wish. */
const AFRESH = { attempts: 0, nextAttemptAt: null, repairs: 0, repairedAt: null }

export interface DesiredChange {
  desiredState?: 'mounted' | 'unmounted'
  desiredGeneration?: number
  removed?: boolean
}

/** What hosts should do now. A new wish starts without the waiting time of earlier failures. */
export async function updateDesired(
  tx: Db,
  mountId: string,
  hostIds: readonly string[],
  change: DesiredChange,
): Promise<void> {
  await tx.mountOnHost.updateMany({
    where: { mountId, hostId: { in: [...hostIds] } },
    data: { ...change, ...AFRESH },
  })
}

/** Takes over what was found on one host: another wanted state, or what is different there. */
export async function saveAdoption(
  tx: Db,
  key: { mountId: string; hostId: string },
  { desiredState, overrides }: Adoption,
  desiredGeneration: number,
): Promise<void> {
  await tx.mountOnHost.update({
    where: { mountId_hostId: key },
    data: {
      ...(desiredState === undefined ? {} : { desiredState }),
      ...(overrides === undefined ? {} : { overrides: overrides as Prisma.InputJsonValue }),
      desiredGeneration,
      ...AFRESH,
    },
    select: { hostId: true },
  })
}

export interface EventFilter {
  mountId?: string | undefined
  hostId?: string | undefined
}

function whereEvent({ mountId, hostId }: EventFilter): Prisma.MountEventWhereInput {
  return { ...(mountId === undefined ? {} : { mountId }), ...(hostId === undefined ? {} : { hostId }) }
}

export type EventRecord = Awaited<ReturnType<typeof findEvents>>[number]

/** Newest first, older than `before`. */
export function findEvents(filter: EventFilter, before: number | undefined, take: number) {
  const older = before === undefined ? {} : { id: { lt: before } }
  return db().mountEvent.findMany({ where: { ...whereEvent(filter), ...older }, orderBy: { id: 'desc' }, take })
}

export function countEvents(filter: EventFilter): Promise<number> {
  return db().mountEvent.count({ where: whereEvent(filter) })
}

/** Rows of hosts that can never let go by themselves: they were revoked. */
export async function removeHosts(tx: Db, mountId: string, hostIds: readonly string[]): Promise<void> {
  await tx.mountOnHost.deleteMany({ where: { mountId, hostId: { in: [...hostIds] } } })
}

/** What is different on one host; null: nothing. A new wish of its generation. */
export async function saveOverrides(
  tx: Db,
  key: { mountId: string; hostId: string },
  overrides: StoredOverrides | null,
  desiredGeneration: number,
): Promise<void> {
  await tx.mountOnHost.update({
    where: { mountId_hostId: key },
    data: {
      overrides: storable(overrides),
      desiredGeneration,
      ...AFRESH,
    },
    select: { hostId: true },
  })
}

export async function remove(tx: Db, id: string): Promise<void> {
  await tx.mount.delete({ where: { id }, select: { id: true } })
}
