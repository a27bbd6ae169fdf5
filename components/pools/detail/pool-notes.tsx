import { AttemptNote } from '@/components/mounts/attempt-note'
import { thinPoolOf } from '@/components/pools/pool-words'
import { Note } from '@/components/ui/feedback'
import { FULL_PERCENT, isNearlyFull, NEARLY_FULL_PERCENT, spaceOf, usedPercent } from '@/lib/fullness'
import type { PoolView } from '@/lib/pools/schema'

/** What is to be said of how full it is, worst first; null while there is room. */
export function fullnessWords(pool: PoolView): { isFull: boolean; title: string; cure: string } | null {
  const thin = thinPoolOf(pool)
  const isMetadata = thin !== null && thin.metadata >= NEARLY_FULL_PERCENT && thin.metadata > thin.data
  const percent = isMetadata ? Math.round(thin.metadata) : usedPercent(spaceOf(pool))
  if (percent === null || (!isMetadata && !isNearlyFull(spaceOf(pool)))) return null
  const isFull = percent >= FULL_PERCENT
  return {
    isFull,
    title: isMetadata ? `The metadata of the thin pool is ${percent} % full.` : `It is ${percent} % full.`,
    cure: isMetadata
      ? 'Without metadata nothing can be written, even where there is room. Delete snapshots, or make the metadata larger with lvextend --poolmetadatasize.'
      : isFull
        ? 'New volumes and snapshots are refused until there is room: empty the trash, delete snapshots, or make the storage larger.'
        : 'Empty the trash, delete snapshots that nobody needs, or make the storage larger.',
  }
}

/** What is to be known on every tab. */
export function PoolNotes({ pool, attempt }: { pool: PoolView; attempt: string | undefined }) {
  const full = fullnessWords(pool)
  const isRolledUp = pool.hosts.some(({ error }) => error === pool.error)
  return (
    <div className="space-y-3 not-empty:mb-5">
      {pool.phase === 'DELETING' && (
        <Note>It is being closed and deleted. It disappears when every host has let go of it.</Note>
      )}
      {pool.error !== null && !isRolledUp && (
        <Note kind={pool.phase === 'ERROR' ? 'critical' : 'warning'} title={pool.error} />
      )}
      {full && (
        <Note kind={full.isFull ? 'critical' : 'warning'} title={full.title}>
          {full.cure}
        </Note>
      )}
      {pool.maintenance && (
        <Note title="It is in maintenance.">No new volumes, and nothing is attached anew. What is in use goes on.</Note>
      )}
      {attempt && <AttemptNote operationId={attempt} />}
    </div>
  )
}
