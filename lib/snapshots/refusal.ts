import { poolEngine } from '@/lib/pools/engine'
import type { VolumeShape } from '@/lib/volume-engines/contract/descriptor'

interface InPool extends VolumeShape {
  pool: { settings: unknown; backend: { driver: string } }
}

/** Why a volume of this kind can have no snapshots; null: it can. Undefined: its storage type keeps no volumes any more. */
export function snapshotsRefused({ pool, format, provisioning }: InPool): string | null | undefined {
  const found = poolEngine(pool.backend.driver, pool.settings)
  return found?.engine.refuses('snapshot', { format, provisioning }, found.settings as never)
}
