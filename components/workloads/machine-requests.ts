import { queryOptions } from '@tanstack/react-query'
import { request, requestOne } from '@/components/data/request'
import type { PowerAction } from '@/lib/agent-protocol/machine-power'
import type { DiskPlan } from '@/lib/workloads/schema'

/** What the API is asked for; what is left open there is chosen there. */
export interface DiskWish {
  volume_id: string
  bus: string
  cache?: string
  target?: string
}

/** The operation as it stands when the answer comes. */
export interface MachineAnswer {
  data: { id: string; status: string }
}

/** Most changes are done within this; what takes longer goes on, and its operation shows how far it is. */
const BRIEFLY = { prefer: 'wait=20' } as const

export const DISK_TOPICS = ['workload', 'volume', 'operation'] as const

export const diskPlanOf = (machineId: string, wish: DiskWish) =>
  queryOptions({
    queryKey: ['workload', 'disk-plan', machineId, wish],
    queryFn: ({ signal }) =>
      requestOne<DiskPlan>(`/api/v1/workloads/${machineId}/disk-plan?${new URLSearchParams({ ...wish })}`, { signal }),
  })

export function attachDisk(machineId: string, body: DiskWish): Promise<MachineAnswer> {
  return request<MachineAnswer>(`/api/v1/workloads/${machineId}/disks`, { method: 'POST', headers: BRIEFLY, body })
}

export function detachDisk(machineId: string, volumeId: string): Promise<MachineAnswer> {
  return request<MachineAnswer>(`/api/v1/workloads/${machineId}/disks/${volumeId}`, {
    method: 'DELETE',
    headers: BRIEFLY,
  })
}

export function powerWorkload(workloadId: string, action: PowerAction): Promise<MachineAnswer> {
  const path = `/api/v1/workloads/${workloadId}/power`
  return request<MachineAnswer>(path, { method: 'POST', headers: BRIEFLY, body: { action } })
}
