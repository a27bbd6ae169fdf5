import { queryOptions } from '@tanstack/react-query'
import { request, requestOne } from '@/components/data/request'
import type { MachineAnswer } from '@/components/workloads/machine-requests'
import { bodyOf, type MachineDraft } from '@/components/workloads/machines/machine-draft'
import type { MachineOffersView, MachinePlan } from '@/lib/workloads/schema'

export const MACHINE_TOPICS = ['workload', 'volume', 'operation', 'uses'] as const

/** Asked of the host itself. */
export const machineOffersOf = (hostId: string) =>
  queryOptions({
    queryKey: ['host', 'one', hostId, 'machine-offers'],
    queryFn: ({ signal }) => requestOne<MachineOffersView>(`/api/v1/hosts/${hostId}/machine-offers`, { signal }),
  })

export function planMachine(draft: MachineDraft): Promise<MachinePlan> {
  return requestOne<MachinePlan>('/api/v1/machine-plans', { method: 'POST', body: bodyOf(draft) })
}

/** Answers at once: the page of the operation shows each line as it comes. */
export function createMachine(draft: MachineDraft): Promise<MachineAnswer> {
  const headers = { prefer: 'respond-async' }
  return request<MachineAnswer>('/api/v1/machines', { method: 'POST', headers, body: bodyOf(draft) })
}
