import type { PoolPhase, PoolView } from '@/lib/pools/schema'
import type { StatusWord } from '@/lib/tones'

const PHASES: Record<PoolPhase, StatusWord> = {
  PENDING: { tone: 'working', word: 'Opening' },
  READY: { tone: 'healthy', word: 'Ready' },
  DEGRADED: { tone: 'warning', word: 'Degraded' },
  ERROR: { tone: 'critical', word: 'Error' },
  DELETING: { tone: 'working', word: 'Being deleted' },
}

const MAINTENANCE: StatusWord = { tone: 'off', word: 'Maintenance' }

/** What is wrong comes before what a person has decided. */
export function wordOfPool({ phase, maintenance }: Pick<PoolView, 'phase' | 'maintenance'>): StatusWord {
  return maintenance && phase === 'READY' ? MAINTENANCE : PHASES[phase]
}

/** Every word that `wordOfPool` says, in the order of a filter. */
export const POOL_WORDS: readonly string[] = [...Object.values(PHASES), MAINTENANCE].map(({ word }) => word)
