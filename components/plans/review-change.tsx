'use client'

import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useDeferredValue, useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { ApplyProgress, useOperations } from '@/components/plans/apply-progress'
import { PlanDetails } from '@/components/plans/plan-details'
import { planDifferences } from '@/components/plans/plan-groups'
import { canRollOut, type PlannedChange, type RolloutInput, requestPlan } from '@/components/plans/plan-request'
import { AT_ONCE, RolloutChoice, rolloutOf } from '@/components/plans/rollout-choice'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Note, Skeleton } from '@/components/ui/feedback'
import type { PlanView } from '@/lib/plans/schema'

/** How the reviewed change is to be sent: with the plan that was seen, and in waves if so chosen. */
export interface Reviewed {
  headers: Record<string, string>
  rollout: { rollout?: RolloutInput }
}

interface Outdated {
  plan: PlanView
  differences: string[]
}

function outdatedBy(error: unknown, shown: PlanView | undefined): Outdated | null {
  const problem = problemOf(error) as ReturnType<typeof problemOf> & { plan?: PlanView; reasons?: string[] }
  if (problem.code !== 'plan_outdated' || !problem.plan) return null
  const found = shown ? planDifferences(shown, problem.plan) : []
  const reasons = (problem.reasons ?? []).map((reason) => `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`)
  return { plan: problem.plan, differences: found.length > 0 ? found : reasons }
}

const DIFFERENCES_SHOWN = 5

function Differences({ lines }: { lines: readonly string[] }) {
  return (
    <Note kind="warning" title="The plan has changed since you read it. Nothing was done; this is the new one.">
      <ul className="mt-1 list-disc space-y-0.5 pl-4">
        {lines.slice(0, DIFFERENCES_SHOWN).map((line) => (
          <li key={line}>{line}</li>
        ))}
        {lines.length > DIFFERENCES_SHOWN && <li>And {lines.length - DIFFERENCES_SHOWN} more.</li>}
      </ul>
    </Note>
  )
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
  apply: { label: string; danger?: boolean }
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
  const [draft, setDraft] = useState(AT_ONCE)
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

  if (sent) return <Progress title={title} ids={sent} onClose={onDone} />
  return (
    <Dialog
      open
      size="lg"
      onOpenChange={(open) => !open && onClose()}
      title={title}
      description={note}
      footer={
        <>
          <Button onClick={onBack ?? onClose}>{onBack ? 'Back' : 'Cancel'}</Button>
          <Button
            variant={apply.danger ? 'danger' : 'primary'}
            pending={send_.isPending}
            disabled={!plan || query.isPlaceholderData || query.isError}
            onClick={() => void run()}
          >
            {draft.isInWaves ? 'Start the first wave' : apply.label}
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        {query.isError && <ProblemNote error={query.error} />}
        {outdated && <Differences lines={outdated.differences} />}
        {send_.isError && !outdated && <ProblemNote error={send_.error} />}
        {plan ? (
          <>
            <PlanDetails plan={plan} />
            {hostCount > 1 && canRollOut(change) && (
              <RolloutChoice value={draft} onChange={setDraft} waves={query.isError ? null : plan.waves} />
            )}
          </>
        ) : (
          !query.isError && (
            <div className="space-y-3" aria-busy>
              <Skeleton className="h-5 w-2/3" />
              <Skeleton className="h-28 w-full" />
            </div>
          )
        )}
      </div>
    </Dialog>
  )
}

function Progress({ title, ids, onClose }: { title: string; ids: string[]; onClose: () => void }) {
  const router = useRouter()
  const { operations, isOver } = useOperations(ids)
  const [only, another] = ids
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      footer={
        <>
          {only && !another && <Button onClick={() => router.push(`/operations/${only}`)}>Show the log</Button>}
          <Button variant={isOver ? 'primary' : 'secondary'} onClick={onClose}>
            {isOver ? 'Close' : 'Leave it running'}
          </Button>
        </>
      }
    >
      <ApplyProgress operations={operations} />
    </Dialog>
  )
}
