'use client'

import { ProblemNote } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { dropUnknown, VOLUME_TOPICS } from '@/components/volumes/volume-requests'
import type { UnknownVolumeView } from '@/lib/volumes/unknown/schema'

/** Into the trash; what lies there already is lost, and that is said. */
export function DropUnknown({ volume, onClose }: { volume: UnknownVolumeView; onClose: () => void }) {
  const isTrashed = volume.state === 'trashed'
  const drop = useAction<void, unknown>({
    run: () => dropUnknown(volume),
    topics: VOLUME_TOPICS,
    quiet: true,
    done: () => (isTrashed ? 'Deleting it for good' : 'Moving it to the trash'),
    onSuccess: onClose,
  })
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={isTrashed ? 'Delete this volume for good?' : 'Move this volume to the trash?'}
      description={
        isTrashed
          ? `${volume.id} is in the trash already. Its data is lost, and nothing brings it back.`
          : `${volume.id} is found there under its id, can be taken back, and is deleted for good when its time there is over.`
      }
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="danger" pending={drop.isPending} onClick={() => drop.mutate()}>
            {isTrashed ? 'Delete for good' : 'Move to the trash'}
          </Button>
        </>
      }
    >
      {drop.isError && <ProblemNote error={drop.error} className="mt-3" />}
    </AlertDialog>
  )
}
