import type { LeaseState } from '@/lib/repositories/schema'

export interface LeaseFacts {
  heartbeatSeconds: number
  heartbeatAt: Date
  endedAt: Date | null
  outcome: 'finished' | 'failed' | 'forced' | null
}

/** So many heartbeats may be missed. */
const MISSED = 3

/** When it ends by rule, since nobody has heard of it. */
export function lostAt({ heartbeatAt, heartbeatSeconds }: LeaseFacts): Date {
  return new Date(heartbeatAt.getTime() + MISSED * heartbeatSeconds * 1_000)
}

export function leaseState(lease: LeaseFacts, now: Date): LeaseState {
  if (lease.outcome !== null) return lease.outcome
  if (now >= lostAt(lease)) return 'lost'
  const late = lease.heartbeatAt.getTime() + lease.heartbeatSeconds * 1_000
  return now.getTime() > late ? 'silent' : 'active'
}

/** Does the program still work there, as far as anybody knows? One that is late may. */
export function isHeld(lease: LeaseFacts, now: Date): boolean {
  const state = leaseState(lease, now)
  return state === 'active' || state === 'silent'
}
