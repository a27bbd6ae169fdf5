import { HostInfo } from '@/lib/agent-protocol/messages'
import { type Db, db, type Prisma } from '@/lib/db/client'
import { OPERATION_KINDS, StoredJob } from '@/lib/operations/schema'
import type { VolumeWorkPayload } from '@/lib/volumes/undo'

const OWN = {
  id: true,
  name: true,
  poolId: true,
  hostId: true,
  phase: true,
  format: true,
  provisioning: true,
  accessMode: true,
  sizeBytes: true,
  allocatedBytes: true,
  parentVolumeId: true,
  parentSnapshotId: true,
  origin: true,
  movedToId: true,
  isInUse: true,
  usedBy: true,
  imageName: true,
  baseKey: true,
  trashedAt: true,
  purgeAt: true,
  observedState: true,
  observedAt: true,
  observedError: true,
  observedProblem: true,
  observedValues: true,
  observedSaid: true,
  createdAt: true,
  updatedAt: true,
} as const satisfies Prisma.VolumeSelect

const HOST = { name: true, observedStatus: true, revokedAt: true } as const satisfies Prisma.HostSelect

const POOL = {
  name: true,
  settings: true,
  maintenance: true,
  deletedAt: true,
  keeperId: true,
  backend: { select: { name: true, driver: true, source: true, config: true } },
} as const satisfies Prisma.PoolSelect

const COLUMNS = {
  ...OWN,
  host: { select: HOST },
  pool: { select: POOL },
  snapshots: { orderBy: { id: 'asc' } },
} as const satisfies Prisma.VolumeSelect

export type VolumeRecord = Prisma.VolumeGetPayload<{ select: typeof COLUMNS }>
export type SnapshotRecord = VolumeRecord['snapshots'][number]
/** In a list, where snapshots are only counted. Those of one pool have the same object as `pool`. */
export type ListedVolume = Omit<VolumeRecord, 'snapshots'>

export interface VolumeFilter {
  poolIds?: readonly string[] | undefined
  hostIds?: readonly string[] | undefined
  drivers?: readonly string[] | undefined
  phases?: readonly VolumeRecord['phase'][] | undefined
  formats?: readonly VolumeRecord['format'][] | undefined
  parentIds?: readonly string[] | undefined
  isInUse?: boolean | undefined
  ids?: readonly string[] | undefined
}

function whereOf(filter: VolumeFilter): Prisma.VolumeWhereInput {
  const { poolIds, hostIds, drivers, phases, formats, parentIds, isInUse, ids } = filter
  return {
    ...(poolIds === undefined ? {} : { poolId: { in: [...poolIds] } }),
    ...(hostIds === undefined ? {} : { hostId: { in: [...hostIds] } }),
    ...(drivers === undefined ? {} : { pool: { backend: { driver: { in: [...drivers] } } } }),
    phase: phases === undefined ? { not: 'trashed' } : { in: [...phases] },
    ...(formats === undefined ? {} : { format: { in: [...formats] } }),
    ...(parentIds === undefined ? {} : { parentVolumeId: { in: [...parentIds] } }),
    ...(isInUse === undefined ? {} : { isInUse }),
    ...(ids === undefined ? {} : { id: { in: [...ids] } }),
  }
}

type Sort = 'name' | 'size' | 'created'

const ORDER = { name: 'name', size: 'sizeBytes', created: 'createdAt' } as const

/**
 * `skip`: so many before the page. Rows with the same figure stand in the order of their ids. Which ones they are is asked first: an
 * index answers that, where whole rows would all be sorted for one page. What many share is read once: to put it together for each
 * row took longer than all the rest of a page.
 */
export async function findPage(
  filter: VolumeFilter,
  { sort, isDescending }: { sort: Sort; isDescending: boolean },
  skip: number,
  take: number,
): Promise<ListedVolume[]> {
  const direction = isDescending ? 'desc' : 'asc'
  const orderBy: Prisma.VolumeOrderByWithRelationInput[] = [{ [ORDER[sort]]: direction }, { id: direction }]
  const order = await db().volume.findMany({ where: whereOf(filter), select: { id: true }, orderBy, skip, take })
  const rows = await inOrder(order.map(({ id }) => id))
  const poolIds = [...new Set(rows.map(({ poolId }) => poolId))]
  const hostIds = [...new Set(rows.flatMap(({ hostId }) => hostId ?? []))]
  const [foundPools, foundHosts] = await Promise.all([
    db().pool.findMany({ where: { id: { in: poolIds } }, select: { id: true, ...POOL } }),
    db().host.findMany({ where: { id: { in: hostIds } }, select: { id: true, ...HOST } }),
  ])
  const pools = new Map(foundPools.map((pool) => [pool.id, pool]))
  const hosts = new Map(foundHosts.map((host) => [host.id, host]))
  return rows.flatMap((row) => {
    const pool = pools.get(row.poolId)
    // Given up at this moment, and its volumes with it.
    if (pool === undefined) return []
    return { ...row, pool, host: hosts.get(row.hostId ?? '') ?? null }
  })
}

/** One that has gone meanwhile is left out. */
async function inOrder(ids: readonly string[]) {
  const rows = await db().volume.findMany({ where: { id: { in: [...ids] } }, select: OWN })
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** How many are there, by volume; one that has none is left out. */
export async function countSnapshots(volumeIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await db().snapshot.groupBy({
    by: ['volumeId'],
    where: { volumeId: { in: [...volumeIds] }, isReady: true },
    _count: true,
  })
  return new Map(rows.map(({ volumeId, _count }) => [volumeId, _count]))
}

export function count(filter: VolumeFilter): Promise<number> {
  return db().volume.count({ where: whereOf(filter) })
}

export function findNames(filter: VolumeFilter) {
  return db().volume.findMany({
    where: whereOf(filter),
    select: { id: true, name: true, pool: { select: { name: true } } },
  })
}

export function findById(id: string, tx: Db = db()): Promise<VolumeRecord | null> {
  return tx.volume.findUnique({ where: { id }, select: COLUMNS })
}

export interface Child {
  id: string
  name: string
  phase: VolumeRecord['phase']
  parentVolumeId: string | null
  parentSnapshotId: string | null
}

/** Volumes that were cloned from these and still need them. */
export function findChildren(ids: readonly string[], tx: Db = db()): Promise<Child[]> {
  return tx.volume.findMany({
    where: { parentVolumeId: { in: [...ids] } },
    select: { id: true, name: true, phase: true, parentVolumeId: true, parentSnapshotId: true },
    orderBy: { name: 'asc' },
  })
}

export interface Parent {
  id: string
  name: string
  snapshots: { id: string; name: string }[]
}

export function findParents(ids: readonly string[], tx: Db = db()): Promise<Parent[]> {
  return tx.volume.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, name: true, snapshots: { select: { id: true, name: true } } },
  })
}

export interface MovedTo {
  id: string
  name: string
  pool: { name: string }
}

/** What volumes in the trash have become in other pools. */
export function findMoved(ids: readonly string[], tx: Db = db()): Promise<MovedTo[]> {
  return tx.volume.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, name: true, pool: { select: { name: true } } },
  })
}

/** The holder of a name in a pool. */
export function findNamed(tx: Db, poolId: string, name: string) {
  return tx.volume.findUnique({
    where: { poolId_nameKey: { poolId, nameKey: name } },
    select: { id: true, name: true },
  })
}

/**
 * What clones of a template share, as it is or is being made, with the snapshot that they come from. One that was taken away or is
 * broken is none: another one is made then.
 */
export async function findBase(tx: Db, of: { poolId: string; hostId: string; baseKey: string }) {
  const rows = await tx.volume.findMany({
    where: { ...of, phase: { in: ['creating', 'ready'] } },
    select: { id: true, phase: true, sizeBytes: true, snapshots: { select: { id: true, isReady: true } } },
    orderBy: { id: 'asc' },
  })
  for (const { phase, snapshots, ...row } of rows) {
    const isThere = phase === 'ready'
    const snapshot = snapshots.find(({ isReady }) => isReady || !isThere)
    if (snapshot !== undefined) return { ...row, snapshotId: snapshot.id, isThere }
  }
  return null
}

export interface Work {
  id: string
  status: 'queued' | 'running' | 'paused'
  payload: VolumeWorkPayload
  job: StoredJob | null
}

const UNFINISHED = ['queued', 'running', 'paused'] as const

/** Unfinished work on volumes, by volume; that they are copied from counts too. */
export async function findWork(tx: Db = db()): Promise<Map<string, Work>> {
  const rows = await tx.operation.findMany({
    where: { kind: 'volume.work', status: { in: [...UNFINISHED] } },
    select: { id: true, status: true, payload: true, hosts: { select: { job: true } } },
  })
  const found = new Map<string, Work>()
  for (const { id, status, payload, hosts } of rows) {
    const parsed = OPERATION_KINDS['volume.work'].safeParse(payload)
    if (!parsed.success) continue
    const job = StoredJob.safeParse(hosts[0]?.job).data ?? null
    const work: Work = { id, status: status as Work['status'], payload: parsed.data, job }
    for (const volumeId of [parsed.data.volumeId, parsed.data.sourceId])
      if (volumeId !== null) found.set(volumeId, work)
  }
  return found
}

export interface NewVolume {
  id: string
  poolId: string
  name: string
  hostId: string
  format: VolumeRecord['format']
  provisioning: VolumeRecord['provisioning']
  accessMode: VolumeRecord['accessMode']
  sizeBytes: bigint
  parentVolumeId: string | null
  parentSnapshotId: string | null
  origin: Prisma.InputJsonValue
  baseKey?: string
}

export async function insert(tx: Db, row: NewVolume): Promise<void> {
  await tx.volume.create({ data: { ...row, nameKey: row.name }, select: { id: true } })
}

export async function update(
  tx: Db,
  id: string,
  change: { name?: string; nameKey?: string; accessMode?: VolumeRecord['accessMode']; purgeAt?: Date },
): Promise<void> {
  await tx.volume.update({ where: { id }, data: change, select: { id: true } })
}

export async function remove(tx: Db, id: string): Promise<void> {
  await tx.volume.deleteMany({ where: { id } })
}

export interface NewSnapshot {
  id: string
  volumeId: string
  name: string
  volumeBytes: bigint
  expiresAt: Date | null
  isScheduled?: boolean
}

export async function insertSnapshot(tx: Db, row: NewSnapshot): Promise<void> {
  await tx.snapshot.create({ data: row, select: { id: true } })
}

/** Versions of the programs of a host by command, and of its libvirt, as its agent has told them last. */
export async function findHostPrograms(
  hostId: string,
): Promise<{ tools: Map<string, string>; libvirt: HostInfo['libvirt'] }> {
  const row = await db().host.findUnique({ where: { id: hostId }, select: { observedInfo: true } })
  const info = HostInfo.safeParse(row?.observedInfo).data
  const versions = (info?.tools ?? []).flatMap(({ command, version }) => (version ? [[command, version] as const] : []))
  return { tools: new Map(versions), libvirt: info?.libvirt }
}
