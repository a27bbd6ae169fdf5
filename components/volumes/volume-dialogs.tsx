'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { poolList } from '@/components/data/queries'
import type { SnapshotView, VolumeRow } from '@/lib/volumes/schema'

const CreateVolume = dynamic(
  () => import('@/components/volumes/forms/create-volume').then((module) => module.CreateVolume),
  { ssr: false },
)
const GrowVolume = dynamic(() => import('@/components/volumes/forms/grow-volume').then((module) => module.GrowVolume), {
  ssr: false,
})
const MoveVolume = dynamic(() => import('@/components/volumes/forms/move-volume').then((module) => module.MoveVolume), {
  ssr: false,
})
const TakeSnapshot = dynamic(
  () => import('@/components/volumes/forms/take-snapshot').then((module) => module.TakeSnapshot),
  { ssr: false },
)
const RenameVolume = dynamic(
  () => import('@/components/volumes/forms/rename-volume').then((module) => module.RenameVolume),
  { ssr: false },
)
const Restore = dynamic(
  () => import('@/components/volumes/forms/snapshot-dialogs').then((module) => module.RestoreSnapshot),
  { ssr: false },
)
const DeleteSnapshot = dynamic(
  () => import('@/components/volumes/forms/snapshot-dialogs').then((module) => module.DeleteSnapshot),
  { ssr: false },
)
const PurgeVolume = dynamic(
  () => import('@/components/volumes/forms/purge-volume').then((module) => module.PurgeVolume),
  { ssr: false },
)
const Flatten = dynamic(
  () => import('@/components/volumes/forms/flatten-volume').then((module) => module.FlattenVolume),
  {
    ssr: false,
  },
)

const ExportVolume = dynamic(
  () => import('@/components/volumes/forms/export-volume').then((module) => module.ExportVolume),
  { ssr: false },
)

export type VolumeDialog =
  | 'snapshot'
  | 'grow'
  | 'clone'
  | 'copy'
  | 'move'
  | 'purge'
  | 'rename'
  | 'flatten'
  | 'export'
  | 'restore'
  | 'delete-snapshot'

/** The open dialog of a volume, or of one of its snapshots. */
export function VolumeDialogs({
  volume,
  dialog,
  snapshot,
  onClose,
  onGone,
}: {
  volume: VolumeRow
  dialog: VolumeDialog
  snapshot?: SnapshotView | undefined
  onClose: () => void
  /** When the volume is no more. */
  onGone?: () => void
}) {
  const { data: pools } = useQuery(poolList())
  const pool = pools?.data.find(({ id }) => id === volume.pool_id)
  switch (dialog) {
    case 'snapshot':
      return <TakeSnapshot volume={volume} onClose={onClose} />
    case 'rename':
      return <RenameVolume volume={volume} onClose={onClose} />
    case 'export':
      return <ExportVolume volume={volume} onClose={onClose} />
    case 'flatten':
      return <Flatten volume={volume} onClose={onClose} />
    case 'purge':
      return <PurgeVolume volume={volume} onClose={onClose} {...(onGone ? { onGone } : {})} />
    case 'grow':
      return pool ? <GrowVolume volume={volume} pool={pool} onClose={onClose} /> : null
    case 'move':
      return pools ? <MoveVolume volume={volume} pools={pools.data} onClose={onClose} /> : null
    case 'clone':
    case 'copy':
      return pools ? (
        <CreateVolume
          pools={dialog === 'clone' && pool ? [pool] : pools.data}
          preset={volume.pool_id}
          from={{ mode: dialog, volume, snapshot }}
          onClose={onClose}
        />
      ) : null
    case 'restore':
      return snapshot ? <Restore volume={volume} snapshot={snapshot} onClose={onClose} /> : null
    case 'delete-snapshot':
      return snapshot ? <DeleteSnapshot volume={volume} snapshot={snapshot} onClose={onClose} /> : null
  }
}
