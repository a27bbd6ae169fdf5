import type { EngineId } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import type { EngineDescriptor } from '@/lib/volume-engines/contract/descriptor'
import { imageFiles } from '@/lib/volume-engines/image-files/descriptor'
import { lvm } from '@/lib/volume-engines/lvm/descriptor'
import { rbd } from '@/lib/volume-engines/rbd/descriptor'

/** What keeps volumes. A new one is a folder and a line here (and its host half in `agent/volume-engines.ts`). */
export const ENGINES = { 'image-files': imageFiles, lvm, rbd } as const satisfies Record<EngineId, unknown>

/** The view for code that serves every engine alike. Hand its functions only what `parseEngineSettings` returned. */
export function engineOf(id: EngineId): EngineDescriptor {
  return ENGINES[id] as unknown as EngineDescriptor
}

/** Throws `invalid_input` with the fields as `settings.<key>`. */
export function parseEngineSettings(id: EngineId, settings: Record<string, unknown>): Record<string, unknown> {
  const parsed = engineOf(id).settings.safeParse(settings)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path, message }) => ({ field: ['settings', ...path].join('.'), message }))
  throw new HoldfastError('invalid_input', fields[0]?.message ?? 'The settings of the pool are not valid.', { fields })
}
