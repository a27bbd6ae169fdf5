'use client'

import { Disc3, Plus } from 'lucide-react'
import Link from 'next/link'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { Bytes } from '@/components/ui/bytes'
import { EmptyState, Skeleton } from '@/components/ui/feedback'
import { RowLink } from '@/components/ui/row-link'
import { Status } from '@/components/ui/status'
import { lostHostOf } from '@/components/volumes/reach'
import { originWords, wordOfVolume } from '@/components/volumes/volume-words'
import type { PoolView } from '@/lib/pools/schema'
import type { VolumeRow } from '@/lib/volumes/schema'

/** So many are drawn; the list of volumes has all, with search and filters. */
const DRAWN = 50

function snapshotWords({ snapshot_count: count }: VolumeRow): string | null {
  if (count === 0) return null
  return count === 1 ? '1 snapshot' : `${count} snapshots`
}

function Line({ volume, isLost }: { volume: VolumeRow; isLost: boolean }) {
  const origin = originWords(volume)
  return (
    <li className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 text-13 hover:bg-hover">
      <RowLink href={`/volumes/${volume.id}`} className="min-w-0 max-w-full truncate font-medium max-md:flex-1">
        {volume.name}
      </RowLink>
      <span className="min-w-0 flex-1 truncate text-12 text-muted max-md:order-1 max-md:basis-full">
        {[volume.format, origin, snapshotWords(volume)].filter(Boolean).join(' · ')}
      </span>
      <span className="tabular text-12 text-muted max-md:order-1">
        <Bytes value={volume.size_bytes} className="text-ink" />
        {volume.allocated_bytes !== null && (
          <>
            , takes <Bytes value={volume.allocated_bytes} />
          </>
        )}
      </span>
      <span className="md:w-34">
        <Status {...wordOfVolume(volume, isLost)} />
      </span>
    </li>
  )
}

/** What it holds. */
export function PoolVolumes({
  pool,
  volumes,
  onNew,
}: {
  pool: PoolView
  volumes: readonly VolumeRow[] | undefined
  onNew: () => void
}) {
  const canMake = useMay('volumes.write')
  if (!volumes) return <Skeleton className="h-24 w-full" />
  const inTrash = pool.trashed_count
  const name = encodeURIComponent(pool.name)
  if (volumes.length === 0) {
    return (
      <EmptyState
        icon={Disc3}
        title="No volumes yet"
        action={
          canMake &&
          !pool.maintenance && (
            <Button variant="primary" icon={Plus} onClick={onNew}>
              New volume
            </Button>
          )
        }
      >
        A volume is a virtual disk in this pool.
        {inTrash > 0 && ` ${inTrash === 1 ? '1 is' : `${inTrash} are`} in the trash.`}
      </EmptyState>
    )
  }
  return (
    <section className="panel" aria-label="Volumes">
      <ul className="divide-y divide-line">
        {volumes.slice(0, DRAWN).map((volume) => (
          <Line key={volume.id} volume={volume} isLost={lostHostOf(volume, pool) !== null} />
        ))}
      </ul>
      <p className="flex flex-wrap gap-x-4 border-t border-line px-4 py-2.5 text-12 text-muted">
        <Link href={`/volumes?pool=${name}`} prefetch={false} className="text-accent hover:underline">
          {volumes.length > DRAWN ? `All ${volumes.length} volumes` : 'Search and filter these'}
        </Link>
        {inTrash > 0 && (
          <Link href={`/volumes/trash?pool=${name}`} prefetch={false} className="text-accent hover:underline">
            {inTrash} in the trash
          </Link>
        )}
      </p>
    </section>
  )
}
