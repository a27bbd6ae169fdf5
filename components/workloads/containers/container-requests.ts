import { request, requestOne } from '@/components/data/request'
import { bodyOf, type ContainerDraft } from '@/components/workloads/containers/container-draft'
import type { ContainerPlan } from '@/lib/workloads/schema'

/** The operation as it stands when the answer comes. */
export interface ContainerAnswer {
  data: { id: string; status: string; result: unknown }
}

const PATIENTLY = { prefer: 'wait=30' } as const

export const CONTAINER_TOPICS = ['workload', 'mount', 'operation', 'uses'] as const

export function planContainer(draft: ContainerDraft): Promise<ContainerPlan> {
  return requestOne<ContainerPlan>('/api/v1/workload-plans', { method: 'POST', body: bodyOf(draft, true) })
}

export function createContainer(draft: ContainerDraft): Promise<ContainerAnswer> {
  const body = bodyOf(draft, false)
  return request<ContainerAnswer>('/api/v1/workloads', { method: 'POST', headers: PATIENTLY, body })
}

export function removeWorkload({ id, name }: { id: string; name: string }): Promise<ContainerAnswer> {
  const path = `/api/v1/workloads/${id}?${new URLSearchParams({ confirm: name })}`
  return request<ContainerAnswer>(path, { method: 'DELETE', headers: PATIENTLY })
}
