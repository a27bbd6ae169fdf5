import { z } from 'zod'
import { formSpecOf } from '@/components/forms/driver-rules'
import type { FormSpec } from '@/components/forms/form-spec'
import { ENGINE_IDS, type EngineId } from '@/lib/agent-protocol/pools'
import type { BackendView } from '@/lib/backends/schema'
import { type AnyDescriptor, driverById, isDriverId } from '@/lib/drivers/registry'
import type { PoolView } from '@/lib/pools/schema'
import { engineOf } from '@/lib/volume-engines/registry'

/** How a pool would be on a backend. Worked out by the server, so that the page needs no code of engines and types. */
export interface PoolKind {
  backendId: string
  engine: EngineId
  /** "Image files", "Logical volumes" */
  title: string
  /** Why no pool can lie on it; null: one can. */
  refusal: string | null
  sharing: PoolView['sharing']
  /** Programs that its hosts need. */
  programs: readonly string[]
  /** It lies in a mount of its own. */
  isMounted: boolean
}

const NO_SECRETS = z.object({})

/** What the form of an engine's settings shows, as that of a storage type does. */
function engineForm(id: EngineId): FormSpec {
  const { title, settings, fields, fixedAfterCreate } = engineOf(id)
  const shown = { id, title, capabilities: [], discoveries: {}, fields, fixedAfterCreate, config: settings }
  return formSpecOf({ ...shown, secrets: NO_SECRETS } as unknown as AnyDescriptor)
}

export type EngineForms = Readonly<Record<EngineId, FormSpec>>

export function engineForms(): EngineForms {
  return Object.fromEntries(ENGINE_IDS.map((id) => [id, engineForm(id)])) as Record<EngineId, FormSpec>
}

/** Null: its type holds no volumes. */
export function poolKindOf(backend: Pick<BackendView, 'id' | 'driver' | 'config'>): PoolKind | null {
  if (!isDriverId(backend.driver)) return null
  const driver: AnyDescriptor = driverById(backend.driver)
  const { volumes } = driver
  if (volumes === undefined) return null
  const engine = engineOf(volumes.engine)
  const config = driver.config.safeParse(backend.config)
  const kind = { backendId: backend.id, engine: volumes.engine, title: engine.title, programs: engine.hostCommands }
  const isMounted = engine.place === 'directory'
  if (!config.success) return { ...kind, isMounted, refusal: 'Its settings are not complete.', sharing: 'shared' }
  const refusal = volumes.refuses?.(config.data) ?? null
  const settings = engine.settings.safeParse(volumes.settingsFrom?.(config.data) ?? {})
  const sharing = settings.success ? engine.sharing(settings.data, driver.scope) : 'shared'
  return { ...kind, isMounted, refusal, sharing: sharing === 'one host' ? 'one_host' : sharing }
}
