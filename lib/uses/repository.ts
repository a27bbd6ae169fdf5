import { type Db, db } from '@/lib/db/client'
import { idPattern } from '@/lib/ids'
import { USE_KINDS, type UseKind } from '@/lib/uses/kinds'

/** One step: who uses what. */
export interface Edge {
  user: string
  used: string
}

/** Ids in one statement: SQLite has a limit for values, and PostgreSQL a plan for each number of them. */
const AT_ONCE = 500

/** Of a connection, what says whether anything is known of it now. */
const HEARD = {
  desired: true,
  observedState: true,
  observedAt: true,
  host: { select: { observedStatus: true, revokedAt: true, updatedAt: true } },
} as const

/** Null: of nothing that uses or is used. */
export function kindOf(id: string): UseKind | null {
  return USE_KINDS.find((kind) => idPattern(kind).test(id)) ?? null
}

function inParts<T>(ids: readonly string[], find: (some: string[]) => Promise<T[]>): Promise<T[]> {
  const parts: string[][] = []
  for (let from = 0; from < ids.length; from += AT_ONCE) parts.push(ids.slice(from, from + AT_ONCE))
  return Promise.all(parts.map(find)).then((found) => found.flat())
}

function ofKind(ids: readonly string[], kind: UseKind): string[] {
  return ids.filter((id) => kindOf(id) === kind)
}

/** What uses these, in one step. What is on its way out counts until it is gone. */
export async function findUsers(ids: readonly string[], tx: Db = db()): Promise<Edge[]> {
  const backends = ofKind(ids, 'backend')
  const volumes = ofKind(ids, 'volume')
  const found = await Promise.all([
    inParts(backends, (some) =>
      tx.mount.findMany({ where: { backendId: { in: some } }, select: { id: true, backendId: true } }),
    ).then((rows) => rows.map(({ id, backendId }) => ({ user: id, used: backendId }))),
    inParts(backends, (some) =>
      tx.pool.findMany({ where: { backendId: { in: some } }, select: { id: true, backendId: true } }),
    ).then((rows) => rows.map(({ id, backendId }) => ({ user: id, used: backendId }))),
    inParts(ofKind(ids, 'mount'), (some) =>
      tx.pool.findMany({ where: { mountId: { in: some } }, select: { id: true, mountId: true } }),
    ).then((rows) => rows.flatMap(({ id, mountId }) => (mountId === null ? [] : [{ user: id, used: mountId }]))),
    inParts(ofKind(ids, 'pool'), (some) =>
      tx.volume.findMany({ where: { poolId: { in: some } }, select: { id: true, poolId: true } }),
    ).then((rows) => rows.map(({ id, poolId }) => ({ user: id, used: poolId }))),
    inParts(volumes, (some) =>
      tx.volume.findMany({ where: { parentVolumeId: { in: some } }, select: { id: true, parentVolumeId: true } }),
    ).then((rows) =>
      rows.flatMap(({ id, parentVolumeId }) => (parentVolumeId === null ? [] : [{ user: id, used: parentVolumeId }])),
    ),
    inParts([...ofKind(ids, 'mount'), ...volumes], (some) =>
      tx.workloadUse.findMany({ where: { usedId: { in: some } }, select: { workloadId: true, usedId: true } }),
    ).then((rows) => rows.map(({ workloadId, usedId }) => ({ user: workloadId, used: usedId }))),
    inParts(ofKind(ids, 'mount'), (some) =>
      tx.attachment.findMany({ where: { mountId: { in: some } }, select: { workloadId: true, mountId: true } }),
    ).then(edgesOfAttachments),
  ])
  return onlyOnce(found.flat())
}

/** What these use, in one step. */
export async function findUsed(ids: readonly string[], tx: Db = db()): Promise<Edge[]> {
  const found = await Promise.all([
    inParts(ofKind(ids, 'mount'), (some) =>
      tx.mount.findMany({ where: { id: { in: some } }, select: { id: true, backendId: true } }),
    ).then((rows) => rows.map(({ id, backendId }) => ({ user: id, used: backendId }))),
    inParts(ofKind(ids, 'pool'), (some) =>
      tx.pool.findMany({ where: { id: { in: some } }, select: { id: true, backendId: true, mountId: true } }),
    ).then((rows) => rows.flatMap(({ id, backendId, mountId }) => edgesOf(id, [backendId, mountId]))),
    inParts(ofKind(ids, 'volume'), (some) =>
      tx.volume.findMany({ where: { id: { in: some } }, select: { id: true, poolId: true, parentVolumeId: true } }),
    ).then((rows) => rows.flatMap(({ id, poolId, parentVolumeId }) => edgesOf(id, [poolId, parentVolumeId]))),
    inParts(ofKind(ids, 'workload'), (some) =>
      tx.workloadUse.findMany({ where: { workloadId: { in: some } }, select: { workloadId: true, usedId: true } }),
    ).then((rows) => rows.map(({ workloadId, usedId }) => ({ user: workloadId, used: usedId }))),
    inParts(ofKind(ids, 'workload'), (some) =>
      tx.attachment.findMany({ where: { workloadId: { in: some } }, select: { workloadId: true, mountId: true } }),
    ).then(edgesOfAttachments),
  ])
  return onlyOnce(found.flat())
}

/** What was given from here counts also while the workload does not have it. */
function edgesOfAttachments(rows: readonly { workloadId: string; mountId: string }[]): Edge[] {
  return rows.map(({ workloadId, mountId }) => ({ user: workloadId, used: mountId }))
}

function onlyOnce(edges: readonly Edge[]): Edge[] {
  return [...new Map(edges.map((edge) => [`${edge.user} ${edge.used}`, edge])).values()]
}

function edgesOf(user: string, used: readonly (string | null)[]): Edge[] {
  return used.flatMap((id) => (id === null ? [] : [{ user, used: id }]))
}

/** What stands on a host alone: what runs there. */
export function findRunningOn(hostId: string, tx: Db = db()) {
  return tx.workload.findMany({ where: { hostId }, select: { id: true } })
}

/** Volumes that the agent of a host works on, with what says whether they lie there alone. */
export function findVolumesOn(hostId: string, tx: Db = db()) {
  return tx.volume.findMany({
    where: { hostId },
    select: { id: true, pool: { select: { settings: true, backend: { select: { driver: true, config: true } } } } },
  })
}

export function findHost(id: string, tx: Db = db()) {
  return tx.host.findUnique({
    where: { id },
    select: { id: true, name: true, address: true, observedStatus: true, revokedAt: true },
  })
}

/** Every backend, with what says which servers it has. */
export function findBackendConfigs(tx: Db = db()) {
  return tx.backend.findMany({ select: { id: true, driver: true, config: true }, orderBy: { id: 'asc' } })
}

/** Rows of those of these that are there, by kind, in order of their names. */
export async function findRows(ids: readonly string[], tx: Db = db()) {
  const select = { id: true, name: true } as const
  const where = (some: string[]) => ({ id: { in: some } })
  const [backends, mounts, pools, volumes, workloads] = await Promise.all([
    inParts(ofKind(ids, 'backend'), (some) =>
      tx.backend.findMany({
        where: where(some),
        select: { ...select, observedStatus: true, hosts: { select: HEARD } },
      }),
    ),
    inParts(ofKind(ids, 'mount'), (some) => tx.mount.findMany({ where: where(some), select })),
    inParts(ofKind(ids, 'pool'), (some) => tx.pool.findMany({ where: where(some), select })),
    inParts(ofKind(ids, 'volume'), (some) =>
      tx.volume.findMany({ where: where(some), select: { ...select, phase: true } }),
    ),
    inParts(ofKind(ids, 'workload'), (some) =>
      tx.workload.findMany({
        where: where(some),
        select: {
          ...select,
          state: true,
          problem: true,
          host: { select: { ...select, observedStatus: true, revokedAt: true } },
        },
      }),
    ),
  ])
  return {
    backends: byName(backends),
    mounts: byName(mounts),
    pools: byName(pools),
    volumes: byName(volumes),
    workloads: byName(workloads),
  }
}

function byName<Row extends { name: string }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((one, other) => one.name.localeCompare(other.name, 'en'))
}
