import { type Db, db } from '@/lib/db/client'
import { idPattern } from '@/lib/ids'
import { USE_KINDS, type UseKind, type UsesNode } from '@/lib/uses/schema'

/** One step: who uses what. */
export interface Edge {
  user: string
  used: string
}

/** Ids in one statement: SQLite has a limit for values, and PostgreSQL a plan for each number of them. */
const AT_ONCE = 500

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

/** Those of these that are there, by kind and name. */
export async function findNodes(ids: readonly string[], tx: Db = db()): Promise<UsesNode[]> {
  const select = { id: true, name: true } as const
  const where = (some: string[]) => ({ id: { in: some } })
  const named = (kind: UseKind) => (rows: { id: string; name: string }[]) =>
    rows.map((row): UsesNode => ({ kind, ...row, host: null }))
  const found = await Promise.all([
    inParts(ofKind(ids, 'backend'), (some) => tx.backend.findMany({ where: where(some), select })).then(
      named('backend'),
    ),
    inParts(ofKind(ids, 'mount'), (some) => tx.mount.findMany({ where: where(some), select })).then(named('mount')),
    inParts(ofKind(ids, 'pool'), (some) => tx.pool.findMany({ where: where(some), select })).then(named('pool')),
    inParts(ofKind(ids, 'volume'), (some) => tx.volume.findMany({ where: where(some), select })).then(named('volume')),
    inParts(ofKind(ids, 'workload'), (some) =>
      tx.workload.findMany({ where: where(some), select: { ...select, host: { select } } }),
    ).then((rows) => rows.map((row): UsesNode => ({ kind: 'workload', ...row }))),
  ])
  return found.flatMap((nodes) => nodes.toSorted((one, other) => one.name.localeCompare(other.name, 'en')))
}
