import { z } from 'zod'
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
  /** Why the settings that are stored cannot be read, with the cure; null: they can. The others are as far as they can be then. */
  problem: string | null
}

/** The engine of a storage type; null: it keeps no volumes, or this version does not know it. */
export function engineIdOf(driver: string): EngineId | null {
  return isDriverId(driver) ? (driverById(driver).volumes?.engine ?? null) : null
}

/** Why nothing can be done on a storage of a type that keeps no volumes here, with the cure: a newer version has written it. */
export function unknownTypeProblem(driver: string): string {
  return `This version of Holdfast keeps no volumes on storage of the type '${driver}'. Update it to the version that made the pool; nothing in it can be changed before that.`
}

/** Throws `invalid_input` with the fields as `settings.<key>`; null for a type that keeps no volumes. */
export function poolEngine(driver: string, settings: unknown): PoolEngine | null {
  const id = engineIdOf(driver)
  if (id === null) return null
  return engineWith(driver, id, parseEngineSettings(id, recordOf(settings)), null)
}

/**
 * For settings that are stored, which an older release or a hand may have written: one pool of which they cannot be read keeps no others
 * from being shown. Null as with `poolEngine`. `config`: of the backend, which decides some of them.
 */
export function storedEngine(
  { driver, config }: { driver: string; config?: unknown },
  settings: unknown,
): PoolEngine | null {
  const id = engineIdOf(driver)
  if (id === null) return null
  const given = recordOf(settings)
  const parsed = engineOf(id).settings.safeParse(given)
  if (parsed.success) return engineWith(driver, id, parsed.data, null)
  const decided = config === undefined ? {} : (driverById(driver).volumes?.settingsFrom?.(config as never) ?? {})
  return engineWith(driver, id, readable(id, { ...given, ...decided }), problemOf(parsed.error))
}

function recordOf(settings: unknown): Record<string, unknown> {
  return typeof settings === 'object' && settings !== null ? (settings as Record<string, unknown>) : {}
}

function engineWith(
  driver: string,
  id: EngineId,
  settings: Record<string, unknown>,
  problem: string | null,
): PoolEngine {
  const engine = engineOf(id)
  const sharing = engine.sharing(settings as never, driverById(driver).scope)
  return { id, engine, settings, sharing, isLeased: engine.isLeased?.(settings as never) ?? false, problem }
}

/** Each setting by itself: as it is stored, else its default; one that has none is left out. */
function readable(id: EngineId, given: Record<string, unknown>): Record<string, unknown> {
  const read = Object.entries(engineOf(id).settings.shape).flatMap(([key, field]) => {
    const found = [given[key], undefined].map((value) => z.safeParse(field, value)).find(({ success }) => success)
    return found?.success ? [[key, found.data] as const] : []
  })
  return Object.fromEntries(read)
}

function problemOf({ issues }: z.core.$ZodError): string {
  const [{ path, message } = { path: [], message: 'not valid' }] = issues
  const said = [...path.map(String), message.replace(/\.$/, '')].join(': ')
  return `Its stored settings cannot be read (${said}). Change its settings, or delete or abandon the pool.`
}
