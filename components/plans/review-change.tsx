'use client'

import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useDeferredValue, useState } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { Differences, type Outdated, outdatedBy } from '@/components/plans/outdated'
import { PlanDetails } from '@/components/plans/plan-details'
import { canRollOut, type PlannedChange, type RolloutInput, requestPlan } from '@/components/plans/plan-request'
import { ProgressDialog } from '@/components/plans/progress-dialog'
import { doingOf } from '@/components/plans/progress-words'
import { PlanSkeleton, ReviewFrame } from '@/components/plans/review-frame'
import { AT_ONCE, defaultRollout, RolloutChoice, type RolloutDraft, rolloutOf } from '@/components/plans/rollout-choice'
import type { PlanView } from '@/lib/plans/schema'

/** How the reviewed change is to be sent: with the plan that was seen, and in waves if so chosen. */
export interface Reviewed {
  headers: Record<string, string>
  rollout: { rollout?: RolloutInput }
}

/** "Unmount", or "Unmount on 12 hosts": the button says how far it reaches. */
export function onHosts(verb: string): (hosts: number) => string {
  return (hosts) => (hosts > 1 ? `${verb} on ${hosts} hosts` : verb)
}

function labelOf(label: string | ((hosts: number) => string), hosts: number): string {
  return typeof label === 'string' ? label : label(hosts)
}

/**
 * The last step before a change: what will run where, all at once or in waves, then how it goes on each host. `send` makes the
 * change and returns the operations that carry it out.
 */
export function ReviewChange({
  title,
  note,
  change,
  plan: given,
  apply,
  send,
  onBack,
  onClose,
  onDone = onClose,
  onApplied,
}: {
  title: string
  /** What a person should know beyond the plan. */
  note?: string
  change: PlannedChange
  /** If it has been asked for already. */
  plan?: PlanView
  apply: { label: string | ((hosts: number) => string); danger?: boolean }
  send: (reviewed: Reviewed) => Promise<string[]>
  /** To the form that it came from. */
  onBack?: () => void
  onClose: () => void
  /** When the change was made and has been watched; without it as `onClose`. */
  onDone?: () => void
  /** In place of showing the progress here; a rollout is shown on its own page in any case. */
  onApplied?: () => void
}) {
  const router = useRouter()
  const client = useQueryClient()
  const [chosen, setChosen] = useState<RolloutDraft | null>(null)
  const [usual, setUsual] = useState<RolloutDraft | null>(null)
  const draft = chosen ?? usual ?? AT_ONCE
  const [outdated, setOutdated] = useState<Outdated | null>(null)
  const [sent, setSent] = useState<string[] | null>(null)
  const rollout = useDeferredValue(rolloutOf(draft))
  const key = ['plan', JSON.stringify(change), JSON.stringify(rollout ?? null)]
  const query = useQuery({
    queryKey: key,
    queryFn: () => requestPlan(change, rollout),
    ...(given && !rollout ? { initialData: given } : {}),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  })
  const plan = query.data
  const hostCount = new Set(plan?.hosts.map((host) => host.host_id)).size
  // A block storage takes new settings over at once, whatever the mounts of its backend do.
  const canWait = plan?.hosts.some(({ step }) => step !== 'reconnect') ?? false
  const mayChoose = hostCount > 1 && canWait && canRollOut(change)
  // Of the first plan: how far the change reaches does not depend on how it goes out.
  if (plan && usual === null) setUsual(defaultRollout(hostCount, mayChoose))
  const send_ = useAction<void, string[]>({
    run: () => send({ headers: { 'holdfast-plan': plan?.plan ?? '' }, rollout: rollout ? { rollout } : {} }),
    topics: ['mount', 'backend', 'host', 'operation'],
    quiet: true,
    onSuccess: (operations) => {
      const [only] = operations
      if (rollout && only) router.push(`/operations/${only}`)
      else if (onApplied) onApplied()
      else if (operations.length === 0) onDone()
      else setSent(operations)
    },
  })

  async function run() {
    setOutdated(null)
    try {
      await send_.mutateAsync()
    } catch (error) {
      const found = outdatedBy(error, plan)
      if (!found) return
      client.setQueryData(key, found.plan)
      setOutdated(found)
    }
  }

  if (sent) return <ProgressDialog title={title} ids={sent} doing={doingOf(change)} onClose={onDone} />
  return (
    <ReviewFrame
      title={title}
      note={note}
      cancel={{ label: onBack ? 'Back' : 'Cancel', onClick: onBack ?? onClose }}
      apply={{
        label: draft.isInWaves ? 'Start the first wave' : labelOf(apply.label, hostCount),
        danger: apply.danger,
        pending: send_.isPending,
        disabled: !plan || query.isPlaceholderData || query.isError,
        onClick: () => void run(),
      }}
      onClose={onClose}
    >
      {query.isError && <ProblemNote error={query.error} />}
      {outdated && <Differences lines={outdated.differences} />}
      {send_.isError && !outdated && <ProblemNote error={send_.error} />}
      {plan ? (
        <>
          <PlanDetails plan={plan} />
          {mayChoose && <RolloutChoice value={draft} onChange={setChosen} waves={query.isError ? null : plan.waves} />}
        </>
      ) : (
        !query.isError && <PlanSkeleton />
      )}
    </ReviewFrame>
  )
}
