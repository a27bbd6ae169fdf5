import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Db } from '@/lib/db/client'
import { taken } from '@/lib/db/conflict'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { historyOf, whatIfOf } from '@/lib/monitoring/history'
import { findSeries, type Series } from '@/lib/monitoring/history-repository'
import type { MetricsQuery, WhatIfQuery, WhatIfView } from '@/lib/monitoring/schema'
import { announceOperation } from '@/lib/operations/service'
import * as repository from '@/lib/pools/repository'
import type { ForeignView, ListPools, PoolMetrics, PoolView } from '@/lib/pools/schema'
import { foreignOf, metricsOf, poolView } from '@/lib/pools/view'

/** A pool and the operation that carries the change to its hosts; null when they have nothing to do. */
export interface PoolChanged {
  pool: PoolView
  operation: string | null
}

/** In the order in which they were made. There are few, so they are judged and chosen here, as the two engines disagree about case. */
export async function listPools(
  actor: Actor,
  query: ListPools,
): Promise<{ data: PoolView[]; total: number; nextCursor?: string }> {
  authorize(actor, 'pools.read')
  const filter = { backendIds: query.backend_id, hostIds: query.host_id, drivers: query.type }
  const [rows, counts] = await Promise.all([repository.findAll(filter), repository.countVolumes()])
  const wanted = query.search?.toLowerCase()
  const found = rows
    .map((row) => poolView(row, repository.countsFor(counts, row.id)))
    .filter(
      (view) =>
        (query.phase?.includes(view.phase) ?? true) &&
        (wanted === undefined || `${view.name} ${view.backend_name} ${view.source}`.toLowerCase().includes(wanted)),
    )
  const { cursor } = query
  const rest = cursor === undefined ? found : found.filter(({ id }) => id > cursor)
  const data = rest.slice(0, query.limit)
  const last = data.at(-1)
  return { data, total: found.length, ...(rest.length > query.limit && last ? { nextCursor: last.id } : {}) }
}

export async function getPool(actor: Actor, id: string): Promise<PoolView> {
  authorize(actor, 'pools.read')
  return readPool(id)
}

/** Asks for no permission: for services that have. */
export async function readPool(id: string): Promise<PoolView> {
  const [row, counts] = await Promise.all([findPool(id), repository.countVolumes(id)])
  return poolView(row, repository.countsFor(counts, id))
}

/** For services that have authorised the caller. Throws `not_found`. */
export async function findPool(id: string, tx?: Db): Promise<repository.PoolRecord> {
  const row = await repository.findById(id, tx)
  if (!row) throw new HoldfastError('not_found', 'Pool not found')
  return row
}

export async function poolMetrics(actor: Actor, id: string, query: MetricsQuery): Promise<PoolMetrics> {
  const view = await getPool(actor, id)
  return {
    ...metricsOf(view, await repository.sumsOf(id)),
    history: await historyOf(await seriesOf(view), query),
  }
}

/** When a pool is full, as it goes and as it would go. */
export async function poolWhatIf(actor: Actor, id: string, query: WhatIfQuery): Promise<WhatIfView> {
  return whatIfOf(await seriesOf(await getPool(actor, id)), query)
}

/** What was measured of it on hosts that still have it. */
async function seriesOf({ id, hosts }: PoolView): Promise<Series[]> {
  const here = new Set(['', ...hosts.map(({ host_id }) => host_id)])
  return (await findSeries([id])).filter(({ hostId }) => here.has(hostId))
}

export async function listForeign(actor: Actor, id: string): Promise<{ data: ForeignView[]; total: number }> {
  authorize(actor, 'pools.read')
  const row = await findPool(id)
  return { data: foreignOf(row), total: poolView(row, NO_VOLUMES).foreign_count ?? 0 }
}

const NO_VOLUMES = { provisioned: 0n, living: 0, trashed: 0 }

/** A pool that is there, not on its way out, and at the generation that the caller has seen. */
export async function findChangeable(tx: Db, id: string, ifMatch?: number): Promise<repository.PoolRecord> {
  const row = await findPool(id, tx)
  if (row.deletedAt !== null) throw new HoldfastError('conflict', `Pool '${row.name}' is being removed.`)
  requireGeneration(row, ifMatch)
  return row
}

export function requireGeneration(row: repository.PoolRecord, ifMatch: number | undefined): void {
  if (ifMatch !== undefined && ifMatch !== row.generation) throw changedMeanwhile(ifMatch)
}

export function changedMeanwhile(ifMatch: number | undefined): HoldfastError {
  return ifMatch === undefined
    ? new HoldfastError('conflict', 'The pool was changed by somebody else at the same moment; try again.')
    : new HoldfastError('precondition_failed', 'The pool was changed since you read it.')
}

/** Throws `conflict` that says which pool has the name. One that is made at the same moment is for the index to find. */
export async function requireFreeName(tx: Db, name: string, id: string): Promise<void> {
  const found = await repository.findNamed(tx, name, id)
  if (!found) return
  const message =
    found.deletedAt === null
      ? `Pool '${name}' already exists`
      : `Pool '${name}' is still being removed; its name is free when every host has let go of it`
  throw taken('name', message, { kind: 'pool', id: found.id, name })
}

export async function finished(
  { id, mountId }: { id: string; mountId: string | null },
  operation: string | null,
): Promise<PoolChanged> {
  publishChanged('pool', id)
  if (mountId !== null) publishChanged('mount', mountId)
  if (operation !== null) announceOperation(operation)
  return { pool: await readPool(id), operation }
}
