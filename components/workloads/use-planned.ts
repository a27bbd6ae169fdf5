'use client'

import { useState } from 'react'
import { problemOf } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'

interface Refusals {
  refusals: readonly { field: string; message: string }[]
}

/** A plan of what a host would make of a draft is asked for first; what was changed after it needs another one. */
export function usePlanned<Draft, Plan extends Refusals, Answer>({
  draft,
  missing,
  plan: planOf,
  create: creation,
}: {
  draft: Draft
  /** Words by field, told once somebody has asked. */
  missing: ReadonlyMap<string, string>
  plan: (draft: Draft) => Promise<Plan>
  create: Omit<Parameters<typeof useAction<Draft, Answer>>[0], 'quiet'>
}) {
  const [isAsked, setAsked] = useState(false)
  const plan = useAction<Draft, Plan>({ run: planOf, topics: [], quiet: true })
  const create = useAction<Draft, Answer>({ ...creation, quiet: true })
  const isCurrent = plan.variables === draft
  const planned = isCurrent ? plan.data : undefined
  const error = create.variables === draft && create.error ? create.error : isCurrent ? plan.error : null
  const isReady = planned !== undefined && planned.refusals.length === 0
  return {
    /** The last plan, also of a draft that has been changed since. */
    last: plan.data,
    /** Of this draft. */
    planned,
    error,
    submit: { label: isReady ? 'Create' : 'Show the plan', pending: plan.isPending || create.isPending },
    /** What is wrong with a field. */
    wrong: (field: string) =>
      (isAsked ? missing.get(field) : undefined) ??
      planned?.refusals.find((refusal) => refusal.field === field)?.message ??
      (error ? problemOf(error).fields?.find((each) => each.field === field)?.message : undefined),
    /** `canPlan`: false while something else has to be known first. */
    next(canPlan = true) {
      setAsked(true)
      if (missing.size > 0 || !canPlan) return
      if (isReady) create.mutate(draft)
      else plan.mutate(draft)
    },
  }
}
