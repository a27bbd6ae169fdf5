import type { MaxFailures, RolloutState, RolloutView } from '@/lib/rollouts/schema'

export interface WaveHost {
  hostId: string
  name: string
  status: 'unknown' | 'online' | 'offline' | 'error'
}

export interface PlannedWave {
  label: string
  hostIds: string[]
}

const ORDER = { online: 0, unknown: 1, error: 2, offline: 3 } as const

/** Hosts that can prove something come first: a wave of hosts that are away would say nothing. */
function inOrder(hosts: readonly WaveHost[]): WaveHost[] {
  return [...hosts].sort(
    (a, b) => ORDER[a.status] - ORDER[b.status] || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  )
}

/** How many of `total` hosts have the change after a wave; a share is rounded up, so that it is at least one. */
function reached(label: string, total: number): number {
  const number = Number.parseInt(label, 10)
  return Math.min(total, label.endsWith('%') ? Math.ceil((total * number) / 100) : number)
}

/** Sizes add up: `1, 5%, 25%` of 100 hosts are waves of 1, 4 and 20. A wave without hosts falls out; the last takes the rest. */
export function wavesFor(labels: readonly string[], hosts: readonly WaveHost[]): PlannedWave[] {
  const ids = inOrder(hosts).map((host) => host.hostId)
  const waves: PlannedWave[] = []
  let from = 0
  labels.forEach((label, index) => {
    const to = index === labels.length - 1 ? ids.length : reached(label, ids.length)
    if (to > from) waves.push({ label, hostIds: ids.slice(from, to) })
    from = Math.max(from, to)
  })
  return waves
}

/** A share is rounded down: of 5 hosts, 10 % may fail on none. */
export function allowedFailures(maxFailures: MaxFailures, size: number): number {
  if (typeof maxFailures === 'number') return maxFailures
  return Math.floor((size * Number.parseInt(maxFailures, 10)) / 100)
}

/** How one host of a wave has come out. `waiting`: it is away, and follows when it returns. */
export type HostResult = 'succeeded' | 'failed' | 'waiting'

/**
 * Why a rollout must not go on after a wave; null when it may. A wave of which no host answered proves nothing, so it stops too,
 * unless it was the last.
 */
export function reasonToStop(results: readonly HostResult[], allowed: number, isLast: boolean): string | null {
  const count = (wanted: HostResult) => results.filter((result) => result === wanted).length
  const failures = count('failed')
  if (failures > allowed) {
    const limit = allowed === 0 ? 'none may fail' : `${allowed} may fail`
    return `${failures} of ${results.length} ${results.length === 1 ? 'host' : 'hosts'} failed, and ${limit}`
  }
  if (!isLast && results.length > 0 && count('waiting') === results.length)
    return 'no host of the wave could be reached, so nothing is known of the change'
  return null
}

export function rolloutView(state: RolloutState): RolloutView {
  return {
    phase: state.phase,
    outcome: state.outcome,
    wave: Math.min(state.wave + 1, state.waves.length),
    waves: state.waves.map(({ label, hostIds }) => ({
      label,
      host_ids: hostIds,
      allowed_failures: allowedFailures(state.maxFailures, hostIds.length),
    })),
    pause_seconds: state.pauseSeconds,
    next_wave_at: state.resumeAt,
  }
}
