'use client'

import { useDeferredValue, useState } from 'react'
import { hostsOf, PlanList, Refused, Total } from '@/components/plans/plan-list'
import { canRollOut } from '@/components/plans/plan-request'
import { ProgressDialog } from '@/components/plans/progress-dialog'
import { doingOf } from '@/components/plans/progress-words'
import { PlanSkeleton, ReviewFrame } from '@/components/plans/review-frame'
import { defaultRollout, RolloutChoice, type RolloutDraft, rolloutOf } from '@/components/plans/rollout-choice'
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
  const [chosen, setChosen] = useState<RolloutDraft | null>(null)
  // How far all changes reach together, of the first plans; null until these are there.
  const [reach, setReach] = useState<number | null>(null)
  const mayChoose = (reach ?? 0) > 1 && changes.every(({ change }) => canRollOut(change))
  const draft = chosen ?? defaultRollout(reach ?? 0, mayChoose)
  const rollout = useDeferredValue(rolloutOf(draft))
  const many = useManyChanges(changes, rollout, () => setLeft(true))
  const [first] = changes
  const doing = first ? doingOf(first.change) : 'Working'
  const { started, planned, refused, isReady } = many
  if (isReady && reach === null)
    setReach(
      hostsOf(
        planned.map(({ plan }) => plan),
        () => true,
      ),
    )
  if (isLeft && started.operations.length > 0)
    return <ProgressDialog title={title} ids={started.operations} doing={doing} onClose={onClose} />
  const close = () => (started.operations.length > 0 && !isLeft ? setLeft(true) : onClose())
  return (
    <ReviewFrame
      title={title}
      note={note}
      cancel={{ label: started.operations.length > 0 ? 'Leave the rest as it is' : 'Cancel', onClick: close }}
      apply={{
        label: draft.isInWaves ? `${apply.label(planned.length)} in waves` : apply.label(planned.length),
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
      {mayChoose && started.ids.size === 0 && <RolloutChoice value={draft} onChange={setChosen} waves={null} />}
      {isReady && refused.length > 0 && <Refused changes={refused} />}
      {isReady && planned.length > 0 && <PlanList changes={planned} outdated={many.outdated} failed={many.failed} />}
    </ReviewFrame>
  )
}
