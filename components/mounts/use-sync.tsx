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

/** An order that was sent, and the operation that says what comes of it. */
export interface Attempt extends SyncOrder {
  operationId: string
}

function isAlike(a: SyncOrder, b: SyncOrder): boolean {
  return a.mount.id === b.mount.id && a.hostIds?.join() === b.hostIds?.join()
}

/**
 * Brings hosts to what is wanted of them already. It is planned first, as every change: a plan that interrupts nobody and changes
 * nothing in force (it mounts what is missing, or finds nothing to do) was decided when the wish was, so it is sent at once, with
 * that plan; any other is reviewed. `review` must be rendered, and what came of an attempt shown with `AttemptNote`.
 */
export function useSync(): {
  sync: (order: SyncOrder) => void
  isPending: boolean
  review: ReactNode
  /** The latest of each order, newest last. */
  attempts: readonly Attempt[]
  attemptOf: (order: SyncOrder) => Attempt | undefined
} {
  const [reviewing, setReviewing] = useState<(SyncOrder & { plan: PlanView }) | null>(null)
  const [attempts, setAttempts] = useState<readonly Attempt[]>([])
  const action = useAction<SyncOrder, string | null>({
    run: async (order) => {
      const body = order.hostIds ? { host_ids: [...order.hostIds] } : {}
      const plan = await requestPlan({ action: 'sync', mount_id: order.mount.id, change: body })
      if (!isQuiet(plan)) {
        setReviewing({ ...order, plan })
        return null
      }
      const headers = { 'holdfast-plan': plan.plan }
      const url = `/api/v1/storage/mounts/${order.mount.id}/sync`
      return (await requestOne<{ id: string }>(url, { method: 'POST', headers, body })).id
    },
    topics: ['mount', 'operation', 'host'],
    onSuccess: (operationId, order) => {
      if (operationId === null) return
      setAttempts((before) => [...before.filter((one) => !isAlike(one, order)), { ...order, operationId }])
    },
  })
  return {
    sync: action.mutate,
    isPending: action.isPending,
    review: reviewing && <ActOnMount {...reviewing} verb="sync" onClose={() => setReviewing(null)} />,
    attempts,
    attemptOf: (order) => attempts.find((one) => isAlike(one, order)),
  }
}
