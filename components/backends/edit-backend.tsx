'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import { backendOne } from '@/components/data/queries'
import { request } from '@/components/data/request'
import { type BackendBody, DriverForm } from '@/components/forms/driver-form'
import type { FormSpec } from '@/components/forms/form-spec'
import { requestPlan } from '@/components/plans/plan-request'
import type { Reviewed } from '@/components/plans/review-change'
import type { BackendView } from '@/lib/backends/schema'
import type { PlanView } from '@/lib/plans/schema'

const ReviewChange = dynamic(() => import('@/components/plans/review-change').then((module) => module.ReviewChange), {
  ssr: false,
})

/** The same form as for a new one. A change that somebody else made meanwhile is refused, not overwritten. */
export function EditBackend({ id, spec }: { id: string; spec: FormSpec }) {
  const router = useRouter()
  const { data } = useQuery(backendOne(id))
  // As it was when the form opened: saving names this generation, so that a change made meanwhile is noticed.
  const [backend] = useState(data)
  const [reviewing, setReviewing] = useState<{ change: BackendBody; plan: PlanView } | null>(null)
  const client = useQueryClient()
  const close = () => router.push(`/backends/${id}`)

  async function save(body: BackendBody, reviewed: Partial<Reviewed> = {}): Promise<string[]> {
    const { operations } = await request<{ data: BackendView; operations: string[] }>(
      `/api/v1/storage/backends/${id}`,
      {
        method: 'PATCH',
        body: { ...body, ...reviewed.rollout },
        headers: { ...(backend ? { 'if-match': `"${backend.generation}"` } : {}), ...reviewed.headers },
      },
    )
    for (const topic of ['backend', 'mount', 'operation']) void client.invalidateQueries({ queryKey: [topic] })
    return operations
  }

  if (!backend) return null
  return (
    <>
      <DriverForm
        spec={spec}
        backend={backend}
        onSave={async (change) => {
          const plan = await requestPlan({ action: 'update_backend', backend_id: id, change })
          if (plan.hosts.length > 0) return setReviewing({ change, plan })
          await save(change)
          toast.success(`Saved ${change.name}`)
          close()
        }}
        onCancel={close}
      />
      {reviewing && (
        <ReviewChange
          title={`Edit ${backend.name}`}
          change={{ action: 'update_backend', backend_id: id, change: reviewing.change }}
          plan={reviewing.plan}
          apply={{ label: 'Apply' }}
          send={(reviewed) => save(reviewing.change, reviewed)}
          onBack={() => setReviewing(null)}
          onClose={() => setReviewing(null)}
          onDone={close}
        />
      )}
    </>
  )
}
