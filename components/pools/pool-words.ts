import type { PoolHostPhase, PoolView } from '@/lib/pools/schema'
import type { StatusWord } from '@/lib/tones'

const ON_HOST: Record<PoolHostPhase, StatusWord> = {
  PENDING: { tone: 'working', word: 'Opening' },
  READY: { tone: 'healthy', word: 'Ready' },
  DEGRADED: { tone: 'warning', word: 'Degraded' },
  ERROR: { tone: 'critical', word: 'Error' },
  UNKNOWN: { tone: 'unknown', word: 'Unknown' },
  CLOSING: { tone: 'working', word: 'Closing' },
}

export function wordOfPoolOnHost({ phase }: { phase: PoolHostPhase }): StatusWord {
  return ON_HOST[phase]
}

/** Can volumes be used on that host? */
export function isOpenThere({ phase }: { phase: PoolHostPhase }): boolean {
  return phase === 'READY' || phase === 'DEGRADED'
}

export function isOpenSomewhere({ hosts }: Pick<PoolView, 'hosts'>): boolean {
  return hosts.some(isOpenThere)
}

/** Can new volumes be put into it, as far as its own state goes? */
export function takesVolumes({ maintenance, phase }: Pick<PoolView, 'maintenance' | 'phase'>): boolean {
  return !maintenance && phase !== 'DELETING'
}

/** Who may write there, as the review and the page of a pool say it. */
export function sharingWords(sharing: PoolView['sharing']): string {
  if (sharing === 'own') return 'Each host has its own'
  return sharing === 'shared' ? 'The same on every host' : 'On one host at a time'
}

/** `1.6×`; null while the size of the storage is not known. */
export function overcommitWords({ overcommit }: Pick<PoolView, 'overcommit'>): string | null {
  if (overcommit === null) return null
  return `${overcommit >= 10 ? Math.round(overcommit) : overcommit.toFixed(overcommit < 1 ? 2 : 1)}×`
}

/** `2 of 3 hosts` */
export function readyWords({ hosts }: Pick<PoolView, 'hosts'>): string {
  const wanted = hosts.filter(({ phase }) => phase !== 'CLOSING')
  if (wanted.length === 0) return 'No host yet'
  const ready = wanted.filter(isOpenThere).length
  return `${ready} of ${wanted.length} ${wanted.length === 1 ? 'host' : 'hosts'}`
}

/** The fullest of the thin pool's two parts, on the host where it is open; null for pools of another kind. */
export function thinPoolOf({ hosts }: Pick<PoolView, 'hosts'>): { data: number; metadata: number } | null {
  for (const { data_percent: data, metadata_percent: metadata } of hosts)
    if (data !== null && metadata !== null) return { data, metadata }
  return null
}
