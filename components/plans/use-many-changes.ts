'use client'

import { useQueries, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useAction } from '@/components/data/use-action'
import { type Outdated, outdatedBy } from '@/components/plans/outdated'
import { type PlannedChange, type RolloutInput, requestPlan } from '@/components/plans/plan-request'
import type { Reviewed } from '@/components/plans/review-change'
import type { PlanView } from '@/lib/plans/schema'

/** One of several changes that are reviewed together. */
export interface OneChange {
  id: string
  name: string
  change: PlannedChange
  send: (reviewed: Reviewed) => Promise<string[]>
}

/** One that has its plan. */
export interface PlannedOne extends OneChange {
  plan: PlanView
}

function keyOf(change: PlannedChange, rollout: RolloutInput | undefined): readonly unknown[] {
  return ['plan', JSON.stringify(change), JSON.stringify(rollout ?? null)]
}

interface Outcome {
  id: string
  operations: string[]
  error: unknown
}

/**
 * Asks for the plan of each change and sends each with its own. One whose plan is no longer true is not made; it stays, with the new
 * plan. With a `rollout` each goes to its hosts in waves. `onAllStarted` hears that none is left.
 */
export function useManyChanges(
  changes: readonly OneChange[],
  rollout: RolloutInput | undefined,
  onAllStarted: () => void,
) {
  const client = useQueryClient()
  const [started, setStarted] = useState<{ ids: ReadonlySet<string>; operations: string[] }>({
    ids: new Set(),
    operations: [],
  })
  const [outdated, setOutdated] = useState<ReadonlyMap<string, Outdated>>(new Map())
  const [failed, setFailed] = useState<ReadonlyMap<string, unknown>>(new Map())
  const left = changes.filter(({ id }) => !started.ids.has(id))
  const answers = useQueries({
    queries: left.map(({ change }) => ({
      queryKey: keyOf(change, rollout),
      queryFn: () => requestPlan(change, rollout),
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
            const headers = { 'holdfast-plan': item.plan.plan }
            const operations = await item.send({ headers, rollout: rollout ? { rollout } : {} })
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
          client.setQueryData(keyOf(item.change, rollout), found.plan)
        } else wrong.set(id, error)
      }
      const made = outcomes.filter(({ error }) => error === null)
      setStarted({
        ids: new Set([...started.ids, ...made.map(({ id }) => id)]),
        operations: [...started.operations, ...made.flatMap(({ operations }) => operations)],
      })
      setOutdated(stale)
      setFailed(wrong)
      if (stale.size + wrong.size === 0) onAllStarted()
    },
  })

  return {
    started,
    /** Of those that have not started: with a plan, refused, and whether all have been answered. */
    planned,
    refused,
    isReady,
    /** Why the last sending did not make one, by its id. */
    outdated,
    failed,
    send: () => send.mutate(),
    isSending: send.isPending,
  }
}
