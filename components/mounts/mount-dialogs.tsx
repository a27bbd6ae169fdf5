'use client'

import { ProblemNote } from '@/components/data/problem-note'
import { useDeleteMount, useMountActions } from '@/components/mounts/use-mount-actions'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import type { MountView } from '@/lib/mounts/schema'

function hostsInWords(mount: MountView): string {
  const [first] = mount.hosts
  return mount.hosts.length === 1 && first ? first.host_name : `${mount.hosts.length} hosts`
}

interface Props {
  mount: MountView
  onClose: () => void
}

export function DeleteMount({ mount, onClose, onDeleted }: Props & { onDeleted?: () => void }) {
  const remove = useDeleteMount(mount, () => {
    onClose()
    onDeleted?.()
  })
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete mount ${mount.name}?`}
      description={
        <p>
          It is unmounted from <span className="font-mono text-12 text-ink">{mount.mount_point}</span> on{' '}
          {hostsInWords(mount)} and forgotten. Programs that use the path lose it. The files stay on{' '}
          {mount.backend.name}.
        </p>
      }
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="danger" pending={remove.isPending} onClick={() => remove.mutate()}>
            Unmount and delete
          </Button>
        </>
      }
    >
      {remove.isError && <ProblemNote error={remove.error} className="mt-3" />}
    </AlertDialog>
  )
}

/** The last resort for a mount that cannot be unmounted: the path is freed, what was being written may be lost. */
export function AbandonMount({ mount, hostIds, onClose }: Props & { hostIds: readonly string[] }) {
  const act = useMountActions()
  const names = mount.hosts.filter((entry) => hostIds.includes(entry.host_id)).map((entry) => entry.host_name)
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Abandon ${mount.name} on ${names.join(', ')}?`}
      description={
        <p>
          The path is detached although programs still use it. Data that has not reached the storage is lost, and those
          programs keep the old mount until they end. Do this only when the storage will not come back.
        </p>
      }
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            variant="danger"
            pending={act.isPending}
            onClick={() => act.mutate({ mounts: [mount], verb: 'abandon', hostIds }, { onSuccess: onClose })}
          >
            Abandon mount
          </Button>
        </>
      }
    />
  )
}
