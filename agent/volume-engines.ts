import type { EngineId } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import type { VolumeEngine } from '@/lib/volume-engines/contract/engine'
import { imageFilesEngine } from '@/lib/volume-engines/image-files/host'
import { lvmHost } from '@/lib/volume-engines/lvm/host'
import { rbdEngine } from '@/lib/volume-engines/rbd/host'

/** What keeps volumes on a host. Each is handed only places and settings of its own. The compiler refuses a list with a gap. */
export const HOST_ENGINES: { readonly [Id in EngineId]: VolumeEngine } = {
  'image-files': imageFilesEngine,
  lvm: lvmHost,
  rbd: rbdEngine,
}

/** Throws `unsupported`: the controller may be newer than this agent. */
export function hostEngine(id: EngineId): VolumeEngine {
  if (Object.hasOwn(HOST_ENGINES, id)) return HOST_ENGINES[id]
  throw new HoldfastError('unsupported', `This agent does not know how to keep volumes as ${id}; upgrade it.`)
}
