'use client'

import { ProblemNote } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { DISK_TOPICS, detachDisk, type MachineAnswer } from '@/components/workloads/machine-requests'
import type { WorkloadView } from '@/lib/workloads/schema'

/** The volume stays; what the system in the machine has not written by then is lost. */
export function DetachVolume({
  machine,
  volume,
  target,
  onClose,
}: {
  machine: WorkloadView
  volume: { id: string; name: string }
  target: string
  onClose: () => void
}) {
  const detach = useAction<void, MachineAnswer>({
    run: () => detachDisk(machine.id, volume.id),
    topics: DISK_TOPICS,
    quiet: true,
    done: ({ data }) =>
      data.status === 'succeeded' ? `${volume.name} is detached` : `Detaching ${volume.name} from ${machine.name}`,
    onSuccess: onClose,
  })
  const running =
    machine.told_state === 'stopped'
      ? `${machine.name} starts without the disk ${target} from now on.`
      : `${machine.name} runs: unmount the disk ${target} in its system first, or what is not written yet is lost.`
  return (
    <Dialog
      open
      size="sm"
      onOpenChange={(open) => !open && onClose()}
      title={`Detach ${volume.name}`}
      description={`${running} The volume and what is on it stay.`}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button variant="primary" pending={detach.isPending} onClick={() => detach.mutate()}>
            Detach
          </Button>
        </>
      }
    >
      {detach.isError && <ProblemNote error={detach.error} />}
    </Dialog>
  )
}
