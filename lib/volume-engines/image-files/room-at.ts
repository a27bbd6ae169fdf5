import { HoldfastError } from '@/lib/errors'
import type { EngineContext } from '@/lib/volume-engines/contract/engine'

/** Bytes that are left there; without an end where the storage does not say. Throws `backend_unreachable` where it does not answer. */
export async function roomAt(path: string, { host }: EngineContext): Promise<number> {
  const space = await host.probe.statfs(path)
  if (space.state === 'ok') return space.totalBytes === 0 ? Number.POSITIVE_INFINITY : space.availableBytes
  const how = space.state === 'hung' ? '' : ` (${space.errno})`
  throw new HoldfastError('backend_unreachable', `The storage at ${path} does not answer${how}.`)
}
