import { connectionPlans } from '@/lib/plans/connection-plan'
import type { PlanKind } from '@/lib/plans/kind'
import { mountPlans } from '@/lib/plans/mount-plan'

/** Kinds whose changes are planned. Adding a kind adds a line. */
export const PLAN_KINDS: readonly PlanKind[] = [mountPlans, connectionPlans]
