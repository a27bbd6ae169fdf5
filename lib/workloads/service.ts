import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { HoldfastError } from '@/lib/errors'
import { skipOf } from '@/lib/http/skip-of'
import * as attachments from '@/lib/workloads/attachment-repository'
import * as repository from '@/lib/workloads/repository'
import type { ListWorkloads, WorkloadRow, WorkloadUseView, WorkloadView } from '@/lib/workloads/schema'
import { type Used, workloadRow, workloadView } from '@/lib/workloads/view'

/** The containers and machines of all hosts, by name. Throws `invalid_input` for a cursor that is none. */
export async function listWorkloads(
  actor: Actor,
  query: ListWorkloads,
): Promise<{ data: WorkloadRow[]; total: number; nextCursor?: string }> {
  authorize(actor, 'workloads.read')
  const { host_id: hostIds, target: targets, state: states, uses: usedIds, search, limit } = query
  const filter = { hostIds, targets, states, usedIds }
  const chosen = search === undefined ? filter : { ...filter, ids: await idsMatching(filter, search) }
  const skip = skipOf(query.cursor)
  const rows = await repository.findPage(chosen, skip, limit + 1)
  const page = rows.slice(0, limit)
  const used = await usedBy(page)
  const isWhole = skip === 0 && rows.length <= limit
  return {
    data: page.map((row) => workloadRow(row, used)),
    total: isWhole ? rows.length : await repository.count(chosen),
    ...(rows.length > limit ? { nextCursor: String(skip + limit) } : {}),
  }
}

/** Throws `not_found`. */
export async function getWorkload(actor: Actor, id: string): Promise<WorkloadView> {
  authorize(actor, 'workloads.read')
  const row = await repository.findById(id)
  if (row === null) throw new HoldfastError('not_found', 'There is no such workload.')
  const [used, given] = await Promise.all([usedBy([row]), attachments.findOf(row)])
  return workloadView(row, used, given)
}

async function usedBy(rows: readonly repository.WorkloadRecord[]): Promise<Used> {
  const ids = [...new Set(rows.flatMap(({ uses }) => uses.map(({ usedId }) => usedId)))]
  if (ids.length === 0) return new Map()
  const { mounts, volumes } = await repository.findUsed(ids)
  const uses: WorkloadUseView[] = [
    ...mounts.map((mount) => ({ kind: 'mount' as const, ...mount })),
    ...volumes.map((volume) => ({ kind: 'volume' as const, ...volume })),
  ]
  return new Map(uses.map((use) => [use.id, use]))
}

/** Compared here and not in the database: the two engines disagree about case, and about what `_` and `%` are. */
async function idsMatching(filter: repository.WorkloadFilter, search: string): Promise<string[]> {
  const wanted = search.toLowerCase()
  const rows = await repository.findWords(filter)
  return rows
    .filter(({ nameKey, image, nativeId }) => `${nameKey}\n${image ?? ''}\n${nativeId}`.toLowerCase().includes(wanted))
    .map(({ id }) => id)
}
