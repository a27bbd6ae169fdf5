import { WorkloadState } from '@/lib/agent-protocol/workloads'

interface ToldOf {
  state: string
  problem: string | null
  host: { observedStatus: string; revokedAt: Date | null }
}

/** What is known of a workload now: what a host that does not answer has said last is no state of today. */
export function stateOf({ state, problem, host }: ToldOf): {
  state: WorkloadState
  told: WorkloadState
  problem: string | null
} {
  const told = WorkloadState.safeParse(state).data ?? 'unknown'
  if (host.revokedAt !== null) return { state: 'unknown', told, problem: 'Its host is revoked.' }
  if (host.observedStatus === 'online') return { state: told, told, problem }
  return { state: 'unknown', told, problem: 'Its host does not answer.' }
}
