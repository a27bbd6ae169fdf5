import type { BackendView } from '@/lib/backends/schema'

export const MEASURED_WHERE_MOUNTED =
  'A host that has it mounted measures it, every five minutes unless it is set otherwise.'

/** What decides who measures a backend. */
export interface Measured {
  stats: Pick<BackendView['stats'], 'as_of' | 'used_bytes'>
  capabilities: BackendView['capabilities']
  /** Has each host its own? */
  scope: 'host' | 'fleet'
  /** Is it mounted or connected on any host, or is to be? */
  isUsed: boolean
}

/** Who measures a backend, and when, for somebody who finds no history of it. */
export function measuredWords({ stats, capabilities, scope, isUsed }: Measured): string {
  if (stats.as_of !== null && stats.used_bytes === null) return 'This storage does not tell how much it holds.'
  if (capabilities.includes('connect')) {
    return isUsed
      ? 'It is measured when it is connected or tested; its pools are measured every five minutes.'
      : 'No host has it connected. Meanwhile one host that has its programs tests it every hour, and measures it then.'
  }
  if (isUsed) return MEASURED_WHERE_MOUNTED
  return scope === 'host'
    ? 'No host has it mounted. Each host has its own, which is measured once it is mounted there.'
    : 'No host has it mounted. Meanwhile one host that has its programs tests it, as often as storages are measured.'
}
