import type { EngineId } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import type { VolumeEngine } from '@/lib/volume-engines/contract/engine'
import { lvmHost } from '@/lib/volume-engines/lvm/host'
import { rbdEngine } from '@/lib/volume-engines/rbd/host'

/** What keeps volumes on a host, as far as this agent can. A new engine is a line here, and one in `lib/volume-engines/registry`. */
export const HOST_ENGINES: { readonly [Id in EngineId]?: VolumeEngine } = {
  lvm: lvmHost,
  rbd: rbdEngine,
}

/** Throws `unsupported`: the controller may be newer than this agent. */
export function hostEngine(id: EngineId): VolumeEngine {
  const engine = HOST_ENGINES[id]
  if (engine !== undefined) return engine
  throw new HoldfastError('unsupported', `This agent does not know how to keep volumes as ${id}; upgrade it.`)
}
