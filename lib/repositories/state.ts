import type { LeaseState, RepositoryStatus } from '@/lib/repositories/schema'
import type { StatusWord, Tone } from '@/lib/tones'

/** How the place is, by what its hosts show: whether backups go there is another question. */
export function placeStatus(
  tones: readonly Tone[],
): Extract<RepositoryStatus, 'ready' | 'pending' | 'degraded' | 'error' | 'unknown'> {
  const isThere = (...wanted: Tone[]) => tones.some((tone) => wanted.includes(tone))
  const isBad = isThere('critical', 'warning', 'drift')
  if (isThere('healthy')) return isBad ? 'degraded' : 'ready'
  if (isBad) return 'error'
  return isThere('working') || tones.length === 0 ? 'pending' : 'unknown'
}

const WORDS: Record<RepositoryStatus, StatusWord> = {
  ready: { tone: 'healthy', word: 'Ready' },
  pending: { tone: 'working', word: 'Getting ready' },
  degraded: { tone: 'warning', word: 'Degraded' },
  error: { tone: 'critical', word: 'Error' },
  full: { tone: 'critical', word: 'Too full' },
  disabled: { tone: 'off', word: 'Disabled' },
  unknown: { tone: 'unknown', word: 'Unknown' },
}

export function wordOfRepository({ status }: { status: RepositoryStatus }): StatusWord {
  return WORDS[status]
}

/** Every word that `wordOfRepository` says, in the order of a filter. */
export const REPOSITORY_WORDS: readonly string[] = Object.values(WORDS).map(({ word }) => word)

const LEASES: Record<LeaseState, StatusWord> = {
  active: { tone: 'working', word: 'Working' },
  silent: { tone: 'warning', word: 'Not heard of' },
  lost: { tone: 'off', word: 'Lost' },
  finished: { tone: 'healthy', word: 'Finished' },
  failed: { tone: 'critical', word: 'Failed' },
  forced: { tone: 'off', word: 'Ended by force' },
}

export function wordOfLease({ state }: { state: LeaseState }): StatusWord {
  return LEASES[state]
}

export function isLeaseHeld({ state }: { state: LeaseState }): boolean {
  return state === 'active' || state === 'silent'
}
