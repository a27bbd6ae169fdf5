'use client'

import { useState } from 'react'
import { requestOne, WATCHED } from '@/components/data/request'
import { useMountActions } from '@/components/mounts/use-mount-actions'
import { ReviewChange } from '@/components/plans/review-change'
import { Button } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import type { MountView } from '@/lib/mounts/schema'

interface Props {
  mount: MountView
  onClose: () => void
}

export function DeleteMount({ mount, onClose, onDeleted }: Props & { onDeleted?: () => void }) {
  return (
    <ReviewChange
      title={`Delete mount ${mount.name}?`}
      note={`Programs that use ${mount.mount_point} lose it. The files stay on ${mount.backend.name}.`}
      change={{ action: 'delete_mount', mount_id: mount.id }}
      apply={{ label: 'Unmount and delete', danger: true }}
      send={async ({ headers, rollout }) => {
        const gone = await requestOne<{ id: string; kind?: string }>(`/api/v1/storage/mounts/${mount.id}`, {
          method: 'DELETE',
          headers: { ...headers, ...WATCHED },
          body: rollout,
        })
        return gone.kind === undefined ? [] : [gone.id]
      }}
      onClose={onClose}
      onApplied={() => {
        onClose()
        onDeleted?.()
      }}
    />
  )
}

const VERBS = {
  mount: { title: 'Mount', label: 'Mount' },
  unmount: { title: 'Unmount', label: 'Unmount' },
} as const

/** Mounting or unmounting on some hosts, or on all of the mount's hosts. */
export function ActOnMount({
  mount,
  verb: asked,
  hostIds,
  onClose,
}: {
  mount: Pick<MountView, 'id' | 'name'>
  verb: keyof typeof VERBS
  hostIds?: readonly string[]
  onClose: () => void
}) {
  // What the page offers turns round as soon as this has worked.
  const [verb] = useState(asked)
  const chosen = hostIds === undefined ? {} : { host_ids: [...hostIds] }
  return (
    <ReviewChange
      title={`${VERBS[verb].title} ${mount.name}`}
      change={{ action: verb, mount_id: mount.id, change: chosen }}
      apply={{ label: VERBS[verb].label }}
      send={async ({ headers, rollout }) => {
        const started = await requestOne<{ id: string }>(`/api/v1/storage/mounts/${mount.id}/${verb}`, {
          method: 'POST',
          headers: { ...headers, ...WATCHED },
          body: { ...chosen, ...rollout },
        })
        return [started.id]
      }}
      onClose={onClose}
    />
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
