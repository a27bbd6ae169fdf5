import { queryOptions } from '@tanstack/react-query'
import { request, requestOne } from '@/components/data/request'
import type { MountPlan } from '@/lib/workloads/schema'

/** What the API is asked for. */
export interface MountWish {
  mount_id: string
  sub_path: string
  target: string
  read_only: boolean
  create_sub_path: boolean
}

/** The operation as it stands when the answer comes; a container that was made anew goes by another id then. */
export interface MountAnswer {
  data: { id: string; status: string; result: unknown }
}

/** A container that is made anew is stopped first. */
const PATIENTLY = { prefer: 'wait=30' } as const

export const MOUNT_TOPICS = ['workload', 'mount', 'operation', 'uses'] as const

// Keys begin with the topic, as in `components/data/queries.ts`; what is lost may change at any time.

export const mountPlanOf = (workloadId: string, wish: MountWish) =>
  queryOptions({
    queryKey: ['workload', 'mount-plan', workloadId, wish],
    queryFn: ({ signal }) => {
      const { read_only, create_sub_path, ...words } = wish
      const query = { ...words, read_only: String(read_only), create_sub_path: String(create_sub_path) }
      return requestOne<MountPlan>(`/api/v1/workloads/${workloadId}/mount-plan?${new URLSearchParams(query)}`, {
        signal,
      })
    },
    staleTime: 0,
    retry: false,
  })

export const detachPlanOf = (workloadId: string, attachmentId: string) =>
  queryOptions({
    queryKey: ['workload', 'detach-plan', workloadId, attachmentId],
    queryFn: ({ signal }) =>
      requestOne<MountPlan>(`/api/v1/workloads/${workloadId}/mounts/${attachmentId}/plan`, { signal }),
    staleTime: 0,
    retry: false,
  })

export function attachMount(workloadId: string, body: MountWish & { accept?: string[] }): Promise<MountAnswer> {
  return request<MountAnswer>(`/api/v1/workloads/${workloadId}/mounts`, { method: 'POST', headers: PATIENTLY, body })
}

export function detachMount(workloadId: string, attachmentId: string, accept: string[]): Promise<MountAnswer> {
  const query = accept.length > 0 ? `?${new URLSearchParams({ accept: accept.join(',') })}` : ''
  return request<MountAnswer>(`/api/v1/workloads/${workloadId}/mounts/${attachmentId}${query}`, {
    method: 'DELETE',
    headers: PATIENTLY,
  })
}

/** Where to go on: to the workload, which may go by another id now, or to what still runs. */
export function pageAfter({ data: { id, status, result } }: MountAnswer, workloadId: string): string {
  if (status !== 'succeeded') return `/operations/${id}`
  const known = typeof result === 'object' && result !== null && 'workload_id' in result ? result.workload_id : null
  return `/workloads/${typeof known === 'string' ? known : workloadId}`
}
