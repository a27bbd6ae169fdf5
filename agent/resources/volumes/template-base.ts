import type { PlacedPool } from '@/agent/resources/pools/pool-doors'
import type { TemplateBase } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import type { EngineTurn, ImageSource } from '@/lib/volume-engines/contract/engine'
import { partOf } from './part-of'
import { type ContentParts, withContent } from './source'

export interface BaseParts {
  /** Of the base: the volume, and the snapshot that clones come from. */
  of: { volumeId: string; snapshotId: string | null }
  base: TemplateBase
  placed: PlacedPool
  /** Bytes that sizes are rounded up to. */
  granule: number
  turn: EngineTurn
  done: ContentParts['done']
}

/**
 * Makes what clones of a template share, where nobody has made it before: a volume with all of its content, and a snapshot, so that each
 * clone has the same two images under it. It is taken back with the clone. Throws `conflict` where the template is another than was asked
 * for, before or after it was copied: half of an old one and half of a new one must not be what others are made from.
 */
export async function requireBase({ of, base, placed, granule, turn, done }: BaseParts): Promise<void> {
  const { engine, open } = placed
  const { volumeId, snapshotId } = of
  if (snapshotId === null) throw new HoldfastError('invalid_input', 'The base of a template has a snapshot.')
  const isThere = await turn.step('base.look', async () => (await engine.find(open, volumeId, turn)) !== null)
  if (isThere) return
  turn.log(`What clones of ${base.name} share is made first: all of it is copied.`)
  const content = {
    from: 'foreign',
    poolId: open.poolId,
    name: base.name,
    as: { bytes: base.bytes, modifiedMs: Date.parse(base.modifiedAt) },
  } as const
  const check = async () => undefined
  const make = async (source: ImageSource) => {
    const sizeBytes = Math.ceil(source.sizeBytes / granule) * granule
    const copying = partOf(turn, { name: 'base', phase: 'copying the template' })
    await engine.create(open, { volumeId, sizeBytes, format: 'qcow2', provisioning: 'thin' }, source, copying)
  }
  await withContent({ content, from: placed, turn, done, check, step: 'base.source' }, make)
  const again = async () => void (await engine.source(open, { foreign: content.name, as: content.as }, turn))
  await turn.step('base.same', again)
  await engine.snapshot(open, volumeId, snapshotId, partOf(turn, { name: 'base.snapshot', phase: null }))
  turn.log('The volume is cloned from it.')
}
