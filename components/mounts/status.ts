import type { DriftView, MountOnHostView, MountView } from '@/lib/mounts/schema'
import { isTrouble, type StatusWord, type Tone } from '@/lib/tones'

const ROLLED_UP: Record<MountView['status'], StatusWord> = {
  mounted: { tone: 'healthy', word: 'Mounted' },
  unmounted: { tone: 'off', word: 'Unmounted' },
  error: { tone: 'critical', word: 'Error' },
  degraded: { tone: 'warning', word: 'Degraded' },
  working: { tone: 'working', word: 'Working' },
  unknown: { tone: 'unknown', word: 'Unknown' },
}

/** Changed on a host by somebody else, in the words for what was found there. */
const DRIFTED: Record<DriftView['kind'], string> = {
  unmounted: 'Unmounted on the host',
  mounted: 'Mounted on the host',
  options: 'Other options in force',
  covered: 'Something else is mounted',
}

/** What is failing comes before what was changed, and that before what is merely otherwise. */
export function mountStatus(
  mount: Pick<MountView, 'status' | 'removing'> & Partial<Pick<MountView, 'hosts'>>,
): StatusWord {
  if (mount.removing) return { tone: 'working', word: 'Removing' }
  const hosts = mount.hosts ?? []
  const isOnlyDrift = hosts.every((entry) => !isWrong(entry) || isDrifted(entry))
  return isOnlyDrift && hosts.some(isDrifted) ? { tone: 'drift', word: 'Changed' } : ROLLED_UP[mount.status]
}

/** What the main button of a mount does: the opposite of what is wanted now. */
export function verbFor(mount: Pick<MountView, 'desired_state'>): 'mount' | 'unmount' {
  return mount.desired_state === 'mounted' ? 'unmount' : 'mount'
}

const FOUND: Record<MountOnHostView['state'], StatusWord> = {
  unknown: { tone: 'unknown', word: 'Unknown' },
  absent: { tone: 'off', word: 'Unmounted' },
  mounting: { tone: 'working', word: 'Mounting' },
  mounted: { tone: 'healthy', word: 'Mounted' },
  hung: { tone: 'critical', word: 'Not answering' },
  corrupted: { tone: 'critical', word: 'Broken' },
  foreign: { tone: 'warning', word: 'Something else is mounted' },
  stacked: { tone: 'warning', word: 'Mounted twice' },
  unmounting: { tone: 'working', word: 'Unmounting' },
  uncertain: { tone: 'warning', word: 'Uncertain' },
  stuck: { tone: 'critical', word: 'Stuck' },
  detached_dirty: { tone: 'warning', word: 'Detached, still in use' },
  error: { tone: 'critical', word: 'Error' },
}

/** A state by itself, as in a history. */
export function foundStatus(state: MountOnHostView['state']): StatusWord {
  return FOUND[state]
}

type Judged = Pick<MountOnHostView, 'state' | 'desired_state' | 'host_status' | 'removing'> &
  Partial<Pick<MountOnHostView, 'attempts' | 'desired_generation' | 'observed_generation'>> & {
    drift?: Pick<DriftView, 'kind'> | null
  }

/**
 * What was found on one host, judged against what is wanted there. Of a host that does not answer only the last news is known,
 * however good it was.
 */
export function mountOnHostStatus(entry: Judged): StatusWord {
  if (entry.host_status !== 'online') {
    return {
      tone: 'unknown',
      word: entry.state === 'unknown' ? 'Unknown' : `Was ${FOUND[entry.state].word.toLowerCase()}`,
    }
  }
  if (entry.removing) return { tone: 'working', word: 'Letting go' }
  if (entry.drift) return { tone: 'drift', word: DRIFTED[entry.drift.kind] }
  if (entry.state === 'absent' && entry.desired_state === 'mounted') return { tone: 'warning', word: 'Not mounted' }
  if (entry.state === 'mounted' && entry.desired_state === 'unmounted')
    return { tone: 'warning', word: 'Still mounted' }
  const { observed_generation: observed, desired_generation: desired, attempts = 0 } = entry
  const isBehind = typeof observed === 'number' && desired !== undefined && observed < desired
  if (entry.state === 'mounted' && isBehind && attempts > 0) {
    return { tone: 'warning', word: 'Change not taken over' }
  }
  return FOUND[entry.state]
}

/** Changed on the host by somebody else. */
export function isDrifted(entry: Judged): boolean {
  return mountOnHostStatus(entry).tone === 'drift'
}

/** Known to be otherwise than wanted; what is unknown or on its way is not. */
export function isWrong(entry: Judged): boolean {
  return isTrouble(mountOnHostStatus(entry).tone)
}

export function isAsWanted(entry: Judged): boolean {
  const tone: Tone = mountOnHostStatus(entry).tone
  return tone === 'healthy' || tone === 'off'
}
