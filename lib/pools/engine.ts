import type { EngineId } from '@/lib/agent-protocol/pools'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import type { EngineDescriptor, Sharing } from '@/lib/volume-engines/contract/descriptor'
import { engineOf, parseEngineSettings } from '@/lib/volume-engines/registry'

/** What keeps the volumes of a pool, with its settings as the engine reads them. */
export interface PoolEngine {
  id: EngineId
  engine: EngineDescriptor
  settings: Record<string, unknown>
  sharing: Sharing
  /** Does its keeper borrow from the controller what other hosts must not do meanwhile? */
  isLeased: boolean
}

/** The engine of a storage type; null: it keeps no volumes, or this version does not know it. */
export function engineIdOf(driver: string): EngineId | null {
  return isDriverId(driver) ? (driverById(driver).volumes?.engine ?? null) : null
}

/** Throws `invalid_input` with the fields as `settings.<key>`; null for a type that keeps no volumes. */
export function poolEngine(driver: string, settings: unknown): PoolEngine | null {
  const id = engineIdOf(driver)
  if (id === null) return null
  const engine = engineOf(id)
  const given = typeof settings === 'object' && settings !== null ? (settings as Record<string, unknown>) : {}
  const parsed = parseEngineSettings(id, given)
  const sharing = engine.sharing(parsed as never, driverById(driver).scope)
  return { id, engine, settings: parsed, sharing, isLeased: engine.isLeased?.(parsed as never) ?? false }
}
