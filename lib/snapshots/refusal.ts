import { storedEngine } from '@/lib/pools/engine'
import type { VolumeShape } from '@/lib/volume-engines/contract/descriptor'

interface InPool extends VolumeShape {
  baseKey: string | null
  pool: { settings: unknown; backend: { driver: string } }
}

/** Why a volume of this kind can have no snapshots; null: it can. Undefined: its storage type keeps no volumes any more. */
export function snapshotsRefused({ pool, format, provisioning, baseKey }: InPool): string | null | undefined {
  if (baseKey !== null) return 'Nobody writes to it: it is what clones of a template share.'
  const found = storedEngine(pool.backend, pool.settings)
  if (found !== null && found.problem !== null) return found.problem
  return found?.engine.refuses('snapshot', { format, provisioning }, found.settings as never)
}
