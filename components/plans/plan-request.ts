import type { z } from 'zod'
import { requestOne } from '@/components/data/request'
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

/** Asks what a change would do. Throws what the API refuses, just as the change itself would be. */
export function requestPlan(change: PlannedChange, rollout?: RolloutInput): Promise<PlanView> {
  return requestOne<PlanView>('/api/v1/storage/plans', { method: 'POST', body: withRollout(change, rollout) })
}
