import { problemOf } from '@/components/data/problem-note'
import { planDifferences } from '@/components/plans/plan-groups'
import { Note } from '@/components/ui/feedback'
import type { PlanView } from '@/lib/plans/schema'

/** A plan that was refused because it is no longer true: the new one, and what is different in words. */
export interface Outdated {
  plan: PlanView
  differences: string[]
}

export function outdatedBy(error: unknown, shown: PlanView | undefined): Outdated | null {
  const problem = problemOf(error) as ReturnType<typeof problemOf> & { plan?: PlanView; reasons?: string[] }
  if (problem.code !== 'plan_outdated' || !problem.plan) return null
  const found = shown ? planDifferences(shown, problem.plan) : []
  const reasons = (problem.reasons ?? []).map((reason) => `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`)
  return { plan: problem.plan, differences: found.length > 0 ? found : reasons }
}

const DIFFERENCES_SHOWN = 5

export function Differences({ lines }: { lines: readonly string[] }) {
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
