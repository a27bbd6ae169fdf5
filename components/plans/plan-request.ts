import type { z } from 'zod'
import { RequestError, requestOne } from '@/components/data/request'
import type { PlanRequest, PlanView } from '@/lib/plans/schema'
import type { Rollout } from '@/lib/rollouts/schema'

export type PlannedChange = z.input<typeof PlanRequest>
export type RolloutInput = z.input<typeof Rollout>

const IN_WAVES: ReadonlySet<string> = new Set([
  'create_mount',
  'update_mount',
  'mount',
  'unmount',
  'delete_mount',
  'update_backend',
])

/** May this change go out in waves? */
export function canRollOut({ action }: PlannedChange): boolean {
  return IN_WAVES.has(action)
}

function withRollout(change: PlannedChange, rollout: RolloutInput | undefined): unknown {
  if (rollout === undefined || !('change' in change)) return change
  return { ...change, change: { ...change.change, rollout } }
}

/** Fields are named as in the change itself: a form knows nothing of the envelope that a plan is asked for in. */
function unwrapped({ problem }: RequestError): RequestError {
  const bare = (text: string) => text.replace(/(^|; )change\./g, '$1')
  const fields = problem.fields?.map(({ field, message }) => ({ field: bare(field), message }))
  return new RequestError({ ...problem, detail: bare(problem.detail), ...(fields ? { fields } : {}) })
}

/** Asks what a change would do. Throws what the API refuses, just as the change itself would be. */
export async function requestPlan(change: PlannedChange, rollout?: RolloutInput): Promise<PlanView> {
  try {
    return await requestOne<PlanView>('/api/v1/storage/plans', { method: 'POST', body: withRollout(change, rollout) })
  } catch (error) {
    throw error instanceof RequestError ? unwrapped(error) : error
  }
}
