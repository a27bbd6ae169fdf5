'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { Skeleton } from '@/components/ui/feedback'
import {
  detachMount,
  detachPlanOf,
  MOUNT_TOPICS,
  type MountAnswer,
  pageAfter,
} from '@/components/workloads/mounts/mount-requests'
import { isAgreed, PlanReview } from '@/components/workloads/mounts/plan-review'
import type { AttachmentView, WorkloadView } from '@/lib/workloads/schema'

/** What taking it away does, and then does it. What lies on the mount stays. */
export function DetachMount({
  workload,
  attachment,
  onClose,
}: {
  workload: WorkloadView
  attachment: AttachmentView
  /** With the page to go on with, where it was asked for. */
  onClose: (page?: string) => void
}) {
  const [accepted, setAccepted] = useState<string[]>([])
  const [isAsked, setAsked] = useState(false)
  const plan = useQuery(detachPlanOf(workload.id, attachment.id))
  const detach = useAction<void, MountAnswer>({
    run: () => detachMount(workload.id, attachment.id, accepted),
    topics: MOUNT_TOPICS,
    quiet: true,
    done: ({ data }) =>
      data.status === 'succeeded' ? `${attachment.mount.name} is detached` : `Detaching ${attachment.mount.name}`,
    onSuccess: (answer) => onClose(pageAfter(answer, workload.id)),
  })
  const error = detach.error ?? plan.error
  return (
    <FormDialog
      title={`Detach ${attachment.mount.name}`}
      description={`${workload.name} has nothing at ${attachment.target} from then on. The mount and what lies on it stay.`}
      size="md"
      submit={{ label: 'Detach', pending: detach.isPending }}
      onSubmit={() => {
        setAsked(true)
        if (plan.data && isAgreed(plan.data, accepted)) detach.mutate()
      }}
      onClose={() => onClose()}
    >
      {plan.data ? (
        <PlanReview plan={plan.data} isAsked={isAsked} accepted={accepted} onAccept={setAccepted} />
      ) : (
        !error && <Skeleton className="h-40" />
      )}
      {error && <ProblemNote error={error} />}
    </FormDialog>
  )
}
