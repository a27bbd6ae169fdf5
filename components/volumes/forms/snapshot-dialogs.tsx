'use client'

import { ProblemNote } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { RelativeTime } from '@/components/ui/relative-time'
import { changeVolume, VOLUME_TOPICS, type VolumeAnswer } from '@/components/volumes/volume-requests'
import { formatBytes } from '@/lib/units'
import type { SnapshotView, VolumeRow } from '@/lib/volumes/schema'

interface Props {
  volume: VolumeRow
  snapshot: SnapshotView
  onClose: () => void
}

/** Data dies here: what has been written since is named. */
export function RestoreSnapshot({ volume, snapshot, onClose }: Props) {
  const restore = useAction<void, VolumeAnswer>({
    run: () => changeVolume(volume, `/snapshots/${snapshot.id}/restore`),
    topics: VOLUME_TOPICS,
    quiet: true,
    done: () => `${volume.name} is as it was at ${snapshot.name}`,
    onSuccess: onClose,
  })
  const { volume_bytes: before } = snapshot
  const wasSmaller = before !== null && before < (volume.size_bytes ?? before)
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Go back to ${snapshot.name}?`}
      description={
        <>
          Everything that was written to <span className="font-medium text-ink">{volume.name}</span> since{' '}
          <RelativeTime at={snapshot.created_at} className="font-medium text-ink" /> is lost. The snapshot stays, and so
          do the others. To keep what is there now, take a snapshot first.
          {wasSmaller && ` The volume has ${formatBytes(before)} again.`}
        </>
      }
      footer={
        <>
          <Button onClick={onClose}>Keep it as it is</Button>
          <Button variant="danger" pending={restore.isPending} onClick={() => restore.mutate()}>
            Lose that and go back
          </Button>
        </>
      }
    >
      {restore.isError && <ProblemNote error={restore.error} className="mt-3" />}
    </AlertDialog>
  )
}

export function DeleteSnapshot({ volume, snapshot, onClose }: Props) {
  const remove = useAction<void, VolumeAnswer>({
    run: () => changeVolume(volume, `/snapshots/${snapshot.id}`, { method: 'DELETE' }),
    topics: VOLUME_TOPICS,
    quiet: true,
    done: () => `Deleted ${snapshot.name}`,
    onSuccess: onClose,
  })
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete snapshot ${snapshot.name}?`}
      description={`${volume.name} stays as it is. That it could go back to ${snapshot.name} is lost.`}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="danger" pending={remove.isPending} onClick={() => remove.mutate()}>
            Delete snapshot
          </Button>
        </>
      }
    >
      {remove.isError && <ProblemNote error={remove.error} className="mt-3" />}
    </AlertDialog>
  )
}
