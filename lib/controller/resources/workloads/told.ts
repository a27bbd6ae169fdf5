import type { ObservedWorkload } from '@/lib/agent-protocol/workloads'
import type { DesiredRow, ToldKind } from '@/lib/controller/resources/kind'
import {
  findStoredWorkloads,
  goneWorkload,
  type StoredWorkload,
  saveWorkload,
  storedWorkload,
} from '@/lib/controller/resources/workloads/workloads-repository'

/** The containers and machines of hosts: nobody wants them of Holdfast, and hosts tell of them. */
export const toldWorkloads: ToldKind<DesiredRow, ObservedWorkload, StoredWorkload> = {
  name: 'workload',
  topic: 'workload',
  observed: {
    idOf: ({ workloadId }) => workloadId,
    load: findStoredWorkloads,
    isAsStored: ({ text }, seen) => text === JSON.stringify(seen),
    toStored: storedWorkload,
    gone: goneWorkload,
    isForgotten: ({ told }) => told === null,
    failed: (_row, before) => {
      throw new Error(`nothing is ever asked of the workload ${before?.id}`)
    },
    save: saveWorkload,
  },
}
