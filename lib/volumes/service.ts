import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { cachedJson } from '@/lib/db/cached-json'
import type { Db } from '@/lib/db/client'
import { conflictOn, taken } from '@/lib/db/conflict'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { skipOf } from '@/lib/http/skip-of'
import { findPool } from '@/lib/pools/service'
import * as repository from '@/lib/volumes/repository'
import type { ListVolumes, SnapshotView, UpdateVolume, VolumeRow, VolumeView } from '@/lib/volumes/schema'
import { type Around, sharedOf, snapshotView, volumeRow, volumeView } from '@/lib/volumes/view'

type Listed = Omit<ListVolumes, 'pool_id' | 'type'> & Partial<Pick<ListVolumes, 'pool_id' | 'type'>>

/** As `listVolumes`, as the JSON that goes over the wire. */
export function listVolumesJson(actor: Actor, query: Listed): Promise<string> {
  authorize(actor, 'volumes.read')
  return cachedJson(`volumes ${JSON.stringify(query)}`, () => listVolumes(actor, query))
}

export async function listVolumes(
  actor: Actor,
  query: Listed,
): Promise<{ data: VolumeRow[]; total: number; nextCursor?: string }> {
  authorize(actor, 'volumes.read')
  const filter = filterOf(query)
  const chosen = query.search === undefined ? filter : { ...filter, ids: await idsMatching(filter, query.search) }
  const isDescending = query.sort.startsWith('-')
  const sort = query.sort.replace('-', '') as 'name' | 'size' | 'created'
  const skip = skipOf(query.cursor)
  const rows = await repository.findPage(chosen, { sort, isDescending }, skip, query.limit + 1)
  const page = rows.slice(0, query.limit)
  const isWhole = skip === 0 && rows.length <= query.limit
  const around = await aroundOf(page)
  return {
    data: page.map((row) => volumeRow(row, around)),
    total: isWhole ? rows.length : await repository.count(chosen),
    ...(rows.length > query.limit ? { nextCursor: String(skip + query.limit) } : {}),
  }
}

/** Those of one pool, in the same way; throws `not_found` when there is none. */
export async function listPoolVolumesJson(actor: Actor, poolId: string, query: Listed): Promise<string> {
  authorize(actor, 'volumes.read')
  await findPool(poolId)
  return listVolumesJson(actor, { ...query, pool_id: [poolId] })
}

function filterOf(query: Listed): repository.VolumeFilter {
  const phases = query.phase?.map((phase) => phase.toLowerCase() as repository.VolumeRecord['phase'])
  return {
    poolIds: query.pool_id,
    hostIds: query.host_id,
    drivers: query.type,
    phases,
    formats: query.format,
    parentIds: query.parent_id,
    isInUse: query.in_use === undefined ? undefined : query.in_use === 'true',
  }
}

/** Compared here and not in the database: the two engines disagree about case. */
async function idsMatching(filter: repository.VolumeFilter, search: string): Promise<string[]> {
  const wanted = search.toLowerCase()
  const rows = await repository.findNames(filter)
  return rows
    .filter(({ id, name, pool }) => `${name} ${id} ${pool.name}`.toLowerCase().includes(wanted))
    .map((row) => row.id)
}

export async function getVolume(actor: Actor, id: string): Promise<VolumeView> {
  authorize(actor, 'volumes.read')
  return readVolume(id)
}

export async function readVolume(id: string): Promise<VolumeView> {
  const row = await findVolume(id)
  return volumeView(row, await aroundOf([row]))
}

export async function listSnapshots(actor: Actor, id: string): Promise<{ data: SnapshotView[]; total: number }> {
  authorize(actor, 'volumes.read')
  const { snapshots } = await findVolume(id)
  return { data: snapshots.map(snapshotView), total: snapshots.length }
}

/** For services that have authorised the caller. Throws `not_found`. */
export async function findVolume(id: string, tx?: Db): Promise<repository.VolumeRecord> {
  const row = await repository.findById(id, tx)
  if (!row) throw new HoldfastError('not_found', 'Volume not found')
  return row
}

async function aroundOf(rows: readonly repository.ListedVolume[]): Promise<Around> {
  const ids = rows.map(({ id }) => id)
  const parentIds = [...new Set(rows.flatMap(({ parentVolumeId }) => parentVolumeId ?? []))]
  const movedIds = rows.flatMap(({ movedToId }) => movedToId ?? [])
  const [snapshots, children, parents, moved, work] = await Promise.all([
    ids.length === 0 ? new Map<string, number>() : repository.countSnapshots(ids),
    ids.length === 0 ? [] : repository.findChildren(ids),
    parentIds.length === 0 ? [] : repository.findParents(parentIds),
    movedIds.length === 0 ? [] : repository.findMoved(movedIds),
    ids.length === 0 ? new Map<string, repository.Work>() : repository.findWork(),
  ])
  return {
    shared: sharedOf(rows),
    snapshots,
    children: Map.groupBy(children, ({ parentVolumeId }) => parentVolumeId ?? ''),
    parents: new Map(parents.map((parent) => [parent.id, parent])),
    moved: new Map(moved.map((row) => [row.id, row])),
    work,
  }
}

/** Its name and who may use it: nothing on a host changes. Throws `conflict` for a name that is taken in its pool. */
export async function updateVolume(actor: Actor, id: string, given: UpdateVolume): Promise<VolumeView> {
  authorize(actor, 'volumes.write')
  await inTransaction(async (tx) => {
    const before = await findVolume(id, tx)
    const name = given.name ?? before.name
    const isTrashed = before.phase === 'trashed'
    if (name !== before.name && !isTrashed) await requireFreeName(tx, before.poolId, name)
    await conflictOn(
      () =>
        repository.update(tx, id, {
          ...(name === before.name ? {} : { name, ...(isTrashed ? {} : { nameKey: name }) }),
          ...(given.access_mode === undefined ? {} : { accessMode: given.access_mode }),
        }),
      () => `Volume '${name}' already exists in this pool`,
    )
    await recordAudit(tx, actor, {
      action: 'volume.updated',
      target: { kind: 'volume', id, name },
      change: { before: { name: before.name, access_mode: before.accessMode }, after: given },
    })
  })
  publishChanged('volume', id)
  return readVolume(id)
}

/** Throws `conflict` that says which volume has the name. One that is made at the same moment is for the index to find. */
export async function requireFreeName(tx: Db, poolId: string, name: string): Promise<void> {
  const found = await repository.findNamed(tx, poolId, name)
  if (found) throw taken('name', `Volume '${name}' already exists in this pool`, { kind: 'volume', ...found })
}
