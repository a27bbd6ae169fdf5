'use client'

import { toast } from 'sonner'
import { useAction } from '@/components/data/use-action'
import { changeVolume, VOLUME_TOPICS, type VolumeAnswer } from '@/components/volumes/volume-requests'
import type { VolumeRow } from '@/lib/volumes/schema'

type Named = Pick<VolumeRow, 'id' | 'name'>

/** So long the way back stands on screen; the trash has it for days. */
const UNDO_MS = 12_000

/** Moving to the trash asks nothing, since it can be undone: the news of it has the button. */
export function useTrash(onTrashed?: (volume: Named) => void) {
  const back = useAction<Named, VolumeAnswer>({
    run: (volume) => changeVolume(volume, '/restore-from-trash'),
    topics: VOLUME_TOPICS,
    done: (_answer, { name }) => `${name} is back`,
  })
  const trash = useAction<Named, VolumeAnswer>({
    run: (volume) => changeVolume(volume, '', { method: 'DELETE' }),
    topics: VOLUME_TOPICS,
    onSuccess: (_answer, volume) => {
      toast.success(`Moved ${volume.name} to the trash`, {
        duration: UNDO_MS,
        action: { label: 'Undo', onClick: () => back.mutate(volume) },
      })
      onTrashed?.(volume)
    },
  })
  return { trash: trash.mutate, isTrashing: trash.isPending, takeBack: back.mutate, isTakingBack: back.isPending }
}
