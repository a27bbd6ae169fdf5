'use client'

import { useQuery } from '@tanstack/react-query'
import { Suspense, useState } from 'react'
import { backendOne } from '@/components/data/queries'
import { request } from '@/components/data/request'
import { OVERRIDES_DESCRIPTION, OverridesForm, overridesTitle } from '@/components/mounts/detail/overrides-form'
import { overridesChange } from '@/components/mounts/detail/use-overrides-form'
import { ReviewChange } from '@/components/plans/review-change'
import { Dialog } from '@/components/ui/dialog'
import { Skeleton } from '@/components/ui/feedback'
import type { MountOnHostView, MountOverrides, MountView } from '@/lib/mounts/schema'
import type { PlanView } from '@/lib/plans/schema'

/**
 * What is different about a mount on one host; a setting that equals the backend's is no difference. It is reviewed before it is
 * saved: where it is mounted, it is mounted again.
 */
export function HostOverrides({
  mount,
  entry,
  onClose,
}: {
  mount: MountView
  entry: MountOnHostView
  onClose: () => void
}) {
  const { data: backend } = useQuery(backendOne(mount.backend.id))
  const [wish, setWish] = useState<MountOverrides | null>(entry.overrides)
  const [plan, setPlan] = useState<PlanView | null>(null)
  if (plan) {
    const url = `/api/v1/storage/mounts/${mount.id}/hosts/${entry.host_id}/overrides`
    return (
      <ReviewChange
        title={overridesTitle(mount, entry)}
        change={overridesChange(mount, entry, wish)}
        plan={plan}
        apply={{ label: wish === null ? 'Make it as everywhere' : 'Save for this host' }}
        send={async ({ headers }) => {
          const { operation } = await request<{ operation: { id: string } | null }>(url, {
            headers,
            ...(wish === null ? { method: 'DELETE' } : { method: 'PUT', body: wish }),
          })
          return operation ? [operation.id] : []
        }}
        onBack={() => setPlan(null)}
        onClose={onClose}
      />
    )
  }
  const waiting = (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={overridesTitle(mount, entry)}
      description={OVERRIDES_DESCRIPTION}
    >
      <Skeleton className="h-40 w-full" />
    </Dialog>
  )
  if (!backend) return waiting
  return (
    <Suspense fallback={waiting}>
      <OverridesForm
        mount={mount}
        entry={entry}
        backend={backend}
        start={wish}
        onReview={(next, made) => {
          setWish(next)
          setPlan(made)
        }}
        onClose={onClose}
      />
    </Suspense>
  )
}
