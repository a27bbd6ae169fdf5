'use client'

import { useQueries, useQueryClient } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { problemOf } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { Differences, type Outdated, outdatedBy } from '@/components/plans/outdated'
import { PlanDetails } from '@/components/plans/plan-details'
import { type PlannedChange, requestPlan } from '@/components/plans/plan-request'
import { ProgressDialog } from '@/components/plans/progress-dialog'
import type { Reviewed } from '@/components/plans/review-change'
import { PlanSkeleton, ReviewFrame } from '@/components/plans/review-frame'
import { Note } from '@/components/ui/feedback'
import type { PlanView } from '@/lib/plans/schema'

/** One of several changes that are reviewed together. */
export interface OneChange {
  id: string
  name: string
  change: PlannedChange
  send: (reviewed: Reviewed) => Promise<string[]>
}

/** So many plans stand open; of more only the sentence, until somebody opens them. */
const OPEN = 2

function keyOf(change: PlannedChange): readonly unknown[] {
  return ['plan', JSON.stringify(change), 'null']
}

function hostsOf(plans: readonly PlanView[], counts: (host: PlanView['hosts'][number]) => boolean): number {
  return new Set(plans.flatMap((plan) => plan.hosts.filter(counts).map((host) => host.host_id))).size
}

function hostWords(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`
}

function Total({ plans }: { plans: readonly PlanView[] }) {
  const all = hostsOf(plans, () => true)
  const interrupted = hostsOf(plans, (host) => host.interrupts)
  const away = hostsOf(plans, (host) => host.follows_later)
  return (
    <div className="space-y-3">
      <p className="text-14">
        {plans.length} mounts on {hostWords(all)}.
        {away > 0 && ` ${hostWords(away)} ${away === 1 ? 'is away and follows' : 'are away and follow'} later.`}
      </p>
      {interrupted > 0 && (
        <Note kind="warning">
          Programs that use them on {hostWords(interrupted)} are interrupted. While one has files open, the host refuses
          and keeps what it has.
        </Note>
      )}
    </div>
  )
}

interface Outcome {
  id: string
  operations: string[]
  error: unknown
}

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
  const client = useQueryClient()
  const [started, setStarted] = useState<{ ids: ReadonlySet<string>; operations: string[] }>({
    ids: new Set(),
    operations: [],
  })
  const [outdated, setOutdated] = useState<ReadonlyMap<string, Outdated>>(new Map())
  const [failed, setFailed] = useState<ReadonlyMap<string, unknown>>(new Map())
  const [isLeft, setLeft] = useState(false)
  const left = changes.filter(({ id }) => !started.ids.has(id))
  const answers = useQueries({
    queries: left.map(({ change }) => ({
      queryKey: keyOf(change),
      queryFn: () => requestPlan(change),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 0,
      retry: false,
    })),
  })
  const items = left.map((each, index) => ({ ...each, plan: answers[index]?.data, refusal: answers[index]?.error }))
  const planned = items.flatMap((item) => (item.plan ? [{ ...item, plan: item.plan }] : []))
  const refused = items.filter((item) => item.refusal)
  const isReady = planned.length + refused.length === items.length
  const send = useAction<void, Outcome[]>({
    run: () =>
      Promise.all(
        planned.map(async (item) => {
          try {
            const operations = await item.send({ headers: { 'holdfast-plan': item.plan.plan }, rollout: {} })
            return { id: item.id, operations, error: null }
          } catch (error) {
            return { id: item.id, operations: [], error }
          }
        }),
      ),
    topics: ['mount', 'host', 'operation'],
    quiet: true,
    onSuccess: (outcomes) => {
      const stale = new Map<string, Outdated>()
      const wrong = new Map<string, unknown>()
      for (const { id, error } of outcomes) {
        const item = planned.find((each) => each.id === id)
        if (error === null || !item) continue
        const found = outdatedBy(error, item.plan)
        if (found) {
          stale.set(id, found)
          client.setQueryData(keyOf(item.change), found.plan)
        } else wrong.set(id, error)
      }
      const made = outcomes.filter(({ error }) => error === null)
      setStarted({
        ids: new Set([...started.ids, ...made.map(({ id }) => id)]),
        operations: [...started.operations, ...made.flatMap(({ operations }) => operations)],
      })
      setOutdated(stale)
      setFailed(wrong)
      if (stale.size + wrong.size === 0) setLeft(true)
    },
  })

  if (isLeft && started.operations.length > 0)
    return <ProgressDialog title={title} ids={started.operations} onClose={onClose} />
  const close = () => (started.operations.length > 0 && !isLeft ? setLeft(true) : onClose())
  return (
    <ReviewFrame
      title={title}
      note={note}
      cancel={{ label: started.operations.length > 0 ? 'Leave the rest as it is' : 'Cancel', onClick: close }}
      apply={{
        label: apply.label(planned.length),
        danger: apply.danger,
        pending: send.isPending,
        disabled: !isReady || planned.length === 0,
        onClick: () => send.mutate(),
      }}
      onClose={onClose}
    >
      {started.ids.size > 0 && (
        <Note kind="info">
          {started.ids.size} of {changes.length} have started. These have not:
        </Note>
      )}
      {isReady ? planned.length > 1 && <Total plans={planned.map(({ plan }) => plan)} /> : <PlanSkeleton />}
      {isReady && refused.length > 0 && (
        <Note
          kind="warning"
          title={refused.length === 1 ? '1 mount is left out' : `${refused.length} mounts are left out`}
        >
          <ul className="mt-1 space-y-0.5">
            {refused.map(({ id, name, refusal }) => (
              <li key={id} className="break-words">
                <span className="font-medium">{name}</span>: {problemOf(refusal).detail}
              </li>
            ))}
          </ul>
        </Note>
      )}
      {isReady && planned.length > 0 && (
        <ul className="divide-y divide-line rounded-md border border-line" aria-label="Plans">
          {planned.map(({ id, name, plan }) => {
            const news = outdated.get(id)
            const problem = failed.has(id) ? problemOf(failed.get(id)) : null
            return (
              <li key={id}>
                <details open={planned.length <= OPEN || news !== undefined} className="group/plan">
                  <summary className="flex cursor-default items-start gap-2 px-3.5 py-2.5 text-13 hover:bg-hover">
                    <ChevronRight
                      aria-hidden
                      className="mt-0.5 size-4 shrink-0 text-faint transition-transform group-open/plan:rotate-90"
                    />
                    <span className="min-w-0 flex-1 break-words">
                      <span className="font-medium">{name}</span>{' '}
                      <span className="text-muted group-open/plan:hidden">{plan.summary}</span>
                    </span>
                  </summary>
                  <div className="space-y-4 px-3.5 pt-1 pb-4">
                    {news && <Differences lines={news.differences} />}
                    <PlanDetails plan={plan} isPart={planned.length > 1} />
                  </div>
                </details>
                {problem && (
                  <Note kind="critical" title={problem.detail} className="mx-3.5 mb-3">
                    {problem.recovery}
                  </Note>
                )}
              </li>
            )
          })}
        </ul>
      )}
    </ReviewFrame>
  )
}
