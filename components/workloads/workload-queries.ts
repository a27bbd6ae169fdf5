import { queryOptions } from '@tanstack/react-query'
import { LIST_LIMIT } from '@/components/data/queries'
import { type Listed, request, requestOne } from '@/components/data/request'
import { ATTACH_TARGETS } from '@/lib/attach-targets/registry'
import type { WorkloadRow, WorkloadView } from '@/lib/workloads/schema'

const MACHINE_TARGETS = ATTACH_TARGETS.filter(({ runs }) => runs === 'machine')
  .map(({ id }) => id)
  .join(',')

const TAKING_TARGETS = ATTACH_TARGETS.filter(({ takesMounts }) => takesMounts !== null)
  .map(({ id }) => id)
  .join(',')

// Keys as in `components/data/queries.ts`.

const workloads = (filter: Readonly<Record<string, string>>, signal: AbortSignal) =>
  request<Listed<WorkloadRow>>(`/api/v1/workloads?${new URLSearchParams({ ...filter, limit: String(LIST_LIMIT) })}`, {
    signal,
  })

export const workloadList = () =>
  queryOptions({ queryKey: ['workload', 'list'], queryFn: ({ signal }) => workloads({}, signal) })

/** Those that have been given this mount or volume. */
export const workloadsUsing = (id: string) =>
  queryOptions({
    queryKey: ['workload', 'list', 'using', id],
    queryFn: ({ signal }) => workloads({ uses: id }, signal),
  })

export const workloadsOn = (hostId: string) =>
  queryOptions({
    queryKey: ['workload', 'list', 'on', hostId],
    queryFn: ({ signal }) => workloads({ host_id: hostId }, signal),
  })

/** What can be given mounts, on these hosts. */
export const takersOn = (hostIds: readonly string[]) =>
  queryOptions({
    queryKey: ['workload', 'list', 'takers', ...hostIds],
    queryFn: ({ signal }) => workloads({ host_id: hostIds.join(','), target: TAKING_TARGETS }, signal),
  })

/** Virtual machines of these hosts. */
export const machinesOn = (hostIds: readonly string[]) =>
  queryOptions({
    queryKey: ['workload', 'list', 'machines', ...hostIds],
    queryFn: ({ signal }) => workloads({ host_id: hostIds.join(','), target: MACHINE_TARGETS }, signal),
  })

export const workloadOne = (id: string) =>
  queryOptions({
    queryKey: ['workload', 'one', id],
    queryFn: ({ signal }) => requestOne<WorkloadView>(`/api/v1/workloads/${id}`, { signal }),
  })
