'use client'

import { useState } from 'react'
import { PlanList, Refused, Total } from '@/components/plans/plan-list'
import { ProgressDialog } from '@/components/plans/progress-dialog'
import { doingOf } from '@/components/plans/progress-words'
import { PlanSkeleton, ReviewFrame } from '@/components/plans/review-frame'
import { type OneChange, useManyChanges } from '@/components/plans/use-many-changes'
import { Note } from '@/components/ui/feedback'

/**
 * The review of one change to several mounts: a plan each, sent each with its own. One whose plan is no longer true is not made; it
 * stays here with the new plan while the others go ahead.
 */
export function ReviewMany({
  title,
  note,
  changes,
  apply,
  onClose,
}: {
  title: string
  note?: string
  changes: readonly OneChange[]
  apply: { label: (count: number) => string; danger?: boolean }
  onClose: () => void
}) {
  const [isLeft, setLeft] = useState(false)
  const many = useManyChanges(changes, () => setLeft(true))
  const [first] = changes
  const doing = first ? doingOf(first.change) : 'Working'
  const { started, planned, refused, isReady } = many
  if (isLeft && started.operations.length > 0)
    return <ProgressDialog title={title} ids={started.operations} doing={doing} onClose={onClose} />
  const close = () => (started.operations.length > 0 && !isLeft ? setLeft(true) : onClose())
  return (
    <ReviewFrame
      title={title}
      note={note}
      cancel={{ label: started.operations.length > 0 ? 'Leave the rest as it is' : 'Cancel', onClick: close }}
      apply={{
        label: apply.label(planned.length),
        danger: apply.danger,
        pending: many.isSending,
        disabled: !isReady || planned.length === 0,
        onClick: many.send,
      }}
      onClose={onClose}
    >
      {started.ids.size > 0 && (
        <Note kind="info">
          {started.ids.size} of {changes.length} have started. These have not:
        </Note>
      )}
      {isReady ? planned.length > 1 && <Total plans={planned.map(({ plan }) => plan)} /> : <PlanSkeleton />}
      {isReady && refused.length > 0 && <Refused changes={refused} />}
      {isReady && planned.length > 0 && <PlanList changes={planned} outdated={many.outdated} failed={many.failed} />}
    </ReviewFrame>
  )
}
