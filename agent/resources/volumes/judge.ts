import type { ManagedPool } from '@/agent/resources/pools/managed-pool'
import type { PlacedPool } from '@/agent/resources/pools/pool-doors'
import type { VolumeWork } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import type { EngineContext, SeenVolume } from '@/lib/volume-engines/contract/engine'
import { notTrashed, volumeExists, volumeMissing, volumeTrashed } from '@/lib/volume-engines/contract/refusals'

/** A thin pool that runs full stops all of its volumes, and one whose metadata runs full may not start again. */
const THIN_LIMIT_PERCENT = 95

const MAKES_ONE: ReadonlySet<VolumeWork['do']> = new Set(['create', 'move', 'clone', 'adopt'])
const TAKES_METADATA: ReadonlySet<VolumeWork['do']> = new Set(['create', 'move', 'clone', 'adopt', 'snapshot'])
const OF_TRASHED: ReadonlySet<VolumeWork['do']> = new Set(['untrash', 'purge'])

/** Is there no such volume before? */
export function makes(work: VolumeWork): boolean {
  return MAKES_ONE.has(work.do)
}

/** Throws `disk_full` with the figures where a thin pool is too full for something new. From memory: as it was looked at last. */
export function requireRoom(pool: ManagedPool, work: VolumeWork): void {
  if (!TAKES_METADATA.has(work.do)) return
  const { dataPercent, metadataPercent } = pool.capacity?.thinPool ?? {}
  const parts = [
    { name: 'data', percent: dataPercent },
    { name: 'metadata', percent: metadataPercent },
  ]
  for (const { name, percent } of parts) {
    if (percent == null || percent < THIN_LIMIT_PERCENT) continue
    throw new HoldfastError(
      'disk_full',
      `The ${name} of the thin pool is ${percent.toFixed(1)} % full; nothing new is made in it from ${THIN_LIMIT_PERCENT} % on.`,
      {
        details: { percent, limit: THIN_LIMIT_PERCENT },
        recovery: 'Grow the thin pool, or delete volumes and snapshots, then retry.',
      },
    )
  }
}

/** Asks the pool whether the volume, and the one it comes from, are as this work needs them. Throws `not_found`, `conflict`. */
export async function requireFitting(
  placed: PlacedPool,
  volumeId: string,
  work: VolumeWork,
  context: EngineContext,
): Promise<void> {
  const seen = await placed.engine.find(placed.open, volumeId, context)
  if (makes(work)) {
    if (seen !== null) throw volumeExists(volumeId)
  } else if (seen !== null) requirePlace(seen, work)
  // What was never finished is purged too: there may be a part of it that nobody counts as a volume.
  else if (work.do !== 'purge') throw volumeMissing(volumeId)
  if (work.do === 'clone' && work.base === undefined) await requireSource(placed, work.of.volumeId, context)
}

/** Of a volume that another one is to come from. */
export async function requireSource(placed: PlacedPool, volumeId: string, context: EngineContext): Promise<void> {
  const source = await placed.engine.find(placed.open, volumeId, context)
  if (source === null) throw volumeMissing(volumeId)
  if (source.isTrashed) throw volumeTrashed(volumeId)
}

function requirePlace({ volumeId, isTrashed }: SeenVolume, work: VolumeWork): void {
  const isMeant = OF_TRASHED.has(work.do)
  // What is there already is no failure: the engine finds nothing to do.
  if (isTrashed === isMeant || work.do === 'trash' || work.do === 'untrash') return
  throw isTrashed ? volumeTrashed(volumeId) : notTrashed(volumeId)
}
