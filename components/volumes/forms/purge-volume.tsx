'use client'

import { useAction } from '@/components/data/use-action'
import { ConfirmByName } from '@/components/forms/confirm-by-name'
import { changeVolume, VOLUME_TOPICS, type VolumeAnswer } from '@/components/volumes/volume-requests'
import { formatBytes } from '@/lib/units'
import type { VolumeRow } from '@/lib/volumes/schema'

/** What is lost, in a sentence. */
function lossWords({ name, pool_name, size_bytes, allocated_bytes, snapshot_count }: VolumeRow): string {
  const size = size_bytes === null ? 'all that is in it' : formatBytes(size_bytes)
  const held = allocated_bytes === null ? size : `${formatBytes(allocated_bytes)} of data`
  const snapshots =
    snapshot_count === 0 ? '' : ` and ${snapshot_count === 1 ? 'its snapshot' : `its ${snapshot_count} snapshots`}`
  return `${name} in ${pool_name}, with ${held}${snapshots}, is lost. Nothing brings it back.`
}

/** It asks for the name: what it does cannot be undone. */
export function PurgeVolume({
  volume,
  onClose,
  onGone,
}: {
  volume: VolumeRow
  onClose: () => void
  onGone?: () => void
}) {
  const purge = useAction<void, VolumeAnswer>({
    run: () => changeVolume(volume, '?purge=true', { method: 'DELETE' }),
    topics: VOLUME_TOPICS,
    quiet: true,
    done: ({ operation }) =>
      operation?.status === 'succeeded' ? `Deleted ${volume.name} for good` : `Deleting ${volume.name} for good`,
    onSuccess: () => {
      onClose()
      onGone?.()
    },
  })
  return (
    <ConfirmByName
      name={volume.name}
      title={`Delete ${volume.name} for good?`}
      description={lossWords(volume)}
      label="Delete for good"
      verb="delete"
      action={purge}
      onClose={onClose}
    />
  )
}
