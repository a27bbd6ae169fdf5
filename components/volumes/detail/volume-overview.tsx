'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { volumesOf } from '@/components/data/queries'
import { Summary, type SummaryItem } from '@/components/layout/summary'
import { LatestOperation } from '@/components/operations/latest-operation'
import { Capacity } from '@/components/ui/bytes'
import { RelativeTime } from '@/components/ui/relative-time'
import { accessWords } from '@/components/volumes/access-words'
import { VolumeTree } from '@/components/volumes/detail/volume-tree'
import { isAlone, lineageOf } from '@/components/volumes/lineage'
import { originWords, PROVISIONING_WORDS } from '@/components/volumes/volume-words'
import type { OperationRow } from '@/lib/operations/schema'
import type { VolumeView } from '@/lib/volumes/schema'

/** What it takes in its pool, of what a machine sees; a clone takes only what is its own. */
function Takes({ volume }: { volume: VolumeView }) {
  if (volume.allocated_bytes === null) return <span className="text-faint">unknown</span>
  return (
    <div className="w-full">
      <Capacity
        space={{ used: volume.allocated_bytes, total: volume.size_bytes, available: null }}
        isNeutral
        withPercent
      />
      <p className="mt-0.5 text-12 text-muted">
        {volume.parent === null ? PROVISIONING_WORDS[volume.provisioning].help : 'Without what it shares.'}
      </p>
    </div>
  )
}

function Origin({ volume }: { volume: VolumeView }) {
  const words = originWords(volume)
  if (words === null) return 'Began empty'
  const { parent } = volume
  if (parent === null || parent.volume_name === null) return words
  return (
    <span>
      Clone of{' '}
      <Link href={`/volumes/${parent.volume_id}`} prefetch={false} className="font-medium text-accent hover:underline">
        {parent.volume_name}
      </Link>
      {parent.snapshot_name && <span className="text-muted"> as of {parent.snapshot_name}</span>}
    </span>
  )
}

function usersOf({ is_in_use: isInUse, used_by: machine, host_name: host }: VolumeView): string {
  if (!isInUse) return 'No'
  return machine === null ? `On ${host ?? 'a host'}` : `By ${machine}${host === null ? '' : ` on ${host}`}`
}

function summaryOf(volume: VolumeView): SummaryItem[] {
  return [
    { label: 'Takes', value: <Takes volume={volume} />, isWide: true },
    { label: 'Content', value: <Origin volume={volume} /> },
    { label: 'In use', value: usersOf(volume) },
    { label: 'Access', value: accessWords(volume.access_mode) },
    { label: 'Seen', value: <RelativeTime at={volume.observed_at} /> },
  ]
}

/** How large it is, what hangs together with it, and what was done with it last. */
export function VolumeOverview({
  volume,
  latest,
  isLost,
}: {
  volume: VolumeView
  latest: OperationRow | undefined
  /** Its host cannot use its pool; what hangs together with it lies there too. */
  isLost: boolean
}) {
  const { data } = useQuery(volumesOf(volume.pool_id))
  const lines = lineageOf(volume.id, data?.data ?? [], volume.snapshots)
  return (
    <div className="space-y-5">
      <Summary items={summaryOf(volume)} />
      {!isAlone(lines) && <VolumeTree lines={lines} currentId={volume.id} isLost={isLost} />}
      {latest && volume.operation === null && <LatestOperation row={latest} />}
    </div>
  )
}
