'use client'

import { ProblemNote } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { changeVolume, VOLUME_TOPICS, type VolumeAnswer } from '@/components/volumes/volume-requests'
import { formatBytes } from '@/lib/units'
import type { VolumeRow } from '@/lib/volumes/schema'

/** Costs room and time, so it is said before. */
export function FlattenVolume({ volume, onClose }: { volume: VolumeRow; onClose: () => void }) {
  const flatten = useAction<void, VolumeAnswer>({
    run: () => changeVolume(volume, '/flatten'),
    topics: VOLUME_TOPICS,
    quiet: true,
    done: ({ operation }) =>
      operation?.status === 'succeeded' ? `${volume.name} stands on its own` : `Flattening ${volume.name}`,
    onSuccess: onClose,
  })
  const parent = volume.parent?.volume_name ?? 'what it was cloned from'
  return (
    <Dialog
      open
      size="sm"
      onOpenChange={(open) => !open && onClose()}
      title={`Flatten ${volume.name}`}
      description={`What it shares with ${parent} is copied into it${volume.size_bytes === null ? '' : `, at most ${formatBytes(volume.size_bytes)}`}. After that it needs ${parent} no more, which can be deleted then.`}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button variant="primary" pending={flatten.isPending} onClick={() => flatten.mutate()}>
            Flatten
          </Button>
        </>
      }
    >
      {flatten.isError && <ProblemNote error={flatten.error} />}
    </Dialog>
  )
}
