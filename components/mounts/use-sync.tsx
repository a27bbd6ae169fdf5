'use client'

import dynamic from 'next/dynamic'
import { type ReactNode, useState } from 'react'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { isQuiet } from '@/components/plans/plan-groups'
import { requestPlan } from '@/components/plans/plan-request'
import type { PlanView } from '@/lib/plans/schema'

const ActOnMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.ActOnMount), {
  ssr: false,
})

export interface SyncOrder {
  mount: { id: string; name: string }
  /** Without it: all hosts of the mount. */
  hostIds?: readonly string[]
}

/**
 * Brings hosts to what is wanted of them already. It is planned first, as every change: a plan that interrupts nobody and changes
 * nothing in force (it mounts what is missing, or finds nothing to do) was decided when the wish was, so it is sent at once, with
 * that plan; any other is reviewed. `review` must be rendered.
 */
export function useSync(): { sync: (order: SyncOrder) => void; isPending: boolean; review: ReactNode } {
  const [reviewing, setReviewing] = useState<(SyncOrder & { plan: PlanView }) | null>(null)
  const action = useAction<SyncOrder, boolean>({
    run: async (order) => {
      const body = order.hostIds ? { host_ids: [...order.hostIds] } : {}
      const plan = await requestPlan({ action: 'sync', mount_id: order.mount.id, change: body })
      if (!isQuiet(plan)) {
        setReviewing({ ...order, plan })
        return false
      }
      const headers = { 'holdfast-plan': plan.plan }
      await requestOne(`/api/v1/storage/mounts/${order.mount.id}/sync`, { method: 'POST', headers, body })
      return true
    },
    topics: ['mount', 'operation', 'host'],
    done: (isSent, { mount }) => (isSent ? `Bringing ${mount.name} to its wanted state` : null),
  })
  return {
    sync: action.mutate,
    isPending: action.isPending,
    review: reviewing && <ActOnMount {...reviewing} verb="sync" onClose={() => setReviewing(null)} />,
  }
}
