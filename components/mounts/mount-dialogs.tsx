'use client'

import { useState } from 'react'
import { request, requestOne, WATCHED } from '@/components/data/request'
import { onHosts, ReviewChange, type Reviewed } from '@/components/plans/review-change'
import { ReviewMany } from '@/components/plans/review-many'
import type { OneChange } from '@/components/plans/use-many-changes'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import type { PlanView } from '@/lib/plans/schema'

interface Props {
  mount: MountView
  onClose: () => void
}

interface Named {
  id: string
  name: string
}

async function sendDelete({ id }: Named, { headers, rollout }: Reviewed): Promise<string[]> {
  const gone = await requestOne<{ id: string; kind?: string }>(`/api/v1/storage/mounts/${id}`, {
    method: 'DELETE',
    headers: { ...headers, ...WATCHED },
    body: rollout,
  })
  return gone.kind === undefined ? [] : [gone.id]
}

export function DeleteMount({ mount, onClose, onDeleted }: Props & { onDeleted?: () => void }) {
  return (
    <ReviewChange
      title={`Delete mount ${mount.name}?`}
      note={`Programs that use ${mount.mount_point} lose it. The files stay on ${mount.backend.name}.`}
      change={{ action: 'delete_mount', mount_id: mount.id }}
      apply={{ label: 'Unmount and delete', danger: true }}
      send={(reviewed) => sendDelete(mount, reviewed)}
      onClose={onClose}
      onApplied={() => {
        onClose()
        onDeleted?.()
      }}
    />
  )
}

export type ReviewedVerb = 'mount' | 'unmount' | 'sync'

const VERBS: Record<ReviewedVerb, { title: (what: string) => string; label: string; many: (count: number) => string }> =
  {
    mount: { title: (what) => `Mount ${what}`, label: 'Mount', many: (count) => `Mount ${count} mounts` },
    unmount: { title: (what) => `Unmount ${what}`, label: 'Unmount', many: (count) => `Unmount ${count} mounts` },
    sync: {
      title: (what) => `Bring ${what} to the wanted state`,
      label: 'Bring to wanted state',
      many: (count) => `Bring ${count} mounts to the wanted state`,
    },
  }

async function sendVerb(
  { id }: Named,
  verb: ReviewedVerb | 'abandon',
  chosen: object,
  reviewed: Reviewed,
): Promise<string[]> {
  const started = await requestOne<{ id: string }>(`/api/v1/storage/mounts/${id}/${verb}`, {
    method: 'POST',
    headers: { ...reviewed.headers, ...WATCHED },
    body: { ...chosen, ...reviewed.rollout },
  })
  return [started.id]
}

/** Mounting, unmounting or repairing on some hosts, or on all of the mount's hosts. */
export function ActOnMount({
  mount,
  verb: asked,
  hostIds,
  plan,
  onClose,
}: {
  mount: Named
  verb: ReviewedVerb
  hostIds?: readonly string[] | undefined
  /** If it has been asked for already. */
  plan?: PlanView
  onClose: () => void
}) {
  // What the page offers turns round as soon as this has worked.
  const [verb] = useState(asked)
  const chosen = hostIds === undefined ? {} : { host_ids: [...hostIds] }
  return (
    <ReviewChange
      title={VERBS[verb].title(mount.name)}
      change={{ action: verb, mount_id: mount.id, change: chosen }}
      {...(plan ? { plan } : {})}
      apply={{ label: onHosts(VERBS[verb].label) }}
      send={(reviewed) => sendVerb(mount, verb, chosen, reviewed)}
      onClose={onClose}
    />
  )
}

/** The same for several mounts, on all hosts of each. */
export function ActOnMounts({
  mounts,
  verb,
  onClose,
}: {
  mounts: readonly Named[]
  verb: ReviewedVerb | 'delete'
  onClose: () => void
}) {
  const what = `${mounts.length} mounts`
  if (verb === 'delete') {
    return (
      <ReviewMany
        title={`Delete ${what}?`}
        note="Programs that use them lose them. The files stay on their backends."
        changes={mounts.map(
          (mount): OneChange => ({
            ...mount,
            change: { action: 'delete_mount', mount_id: mount.id },
            send: (reviewed) => sendDelete(mount, reviewed),
          }),
        )}
        apply={{ label: (count) => `Unmount and delete ${count === 1 ? '1 mount' : `${count} mounts`}`, danger: true }}
        onClose={onClose}
      />
    )
  }
  return (
    <ReviewMany
      title={VERBS[verb].title(what)}
      changes={mounts.map(
        (mount): OneChange => ({
          ...mount,
          change: { action: verb, mount_id: mount.id, change: {} },
          send: (reviewed) => sendVerb(mount, verb, {}, reviewed),
        }),
      )}
      apply={{ label: (count) => (count === 1 ? `${VERBS[verb].label} 1 mount` : VERBS[verb].many(count)) }}
      onClose={onClose}
    />
  )
}

/** The last resort for a mount that cannot be unmounted: the path is freed, what was being written may be lost. */
export function AbandonMount({ mount, hostIds, onClose }: Props & { hostIds: readonly string[] }) {
  const chosen = { host_ids: [...hostIds] }
  const names = mount.hosts.filter((entry) => hostIds.includes(entry.host_id)).map((entry) => entry.host_name)
  return (
    <ReviewChange
      title={`Abandon ${mount.name} on ${names.join(', ')}?`}
      note="The path is freed even while programs use it. Do this only when the storage will not come back."
      change={{ action: 'abandon', mount_id: mount.id, change: chosen }}
      apply={{ label: 'Abandon mount', danger: true }}
      send={(reviewed) => sendVerb(mount, 'abandon', chosen, reviewed)}
      onClose={onClose}
    />
  )
}

/** What somebody has changed on a host becomes the wish for that host. */
export function TakeOver({ mount, entry, onClose }: Props & { entry: MountOnHostView }) {
  return (
    <ReviewChange
      title={`Take over ${mount.name} as it is on ${entry.host_name}`}
      change={{ action: 'adopt', mount_id: mount.id, host_id: entry.host_id }}
      apply={{ label: 'Take it over' }}
      send={async ({ headers }) => {
        const { operation } = await request<{ operation: { id: string } | null }>(
          `/api/v1/storage/mounts/${mount.id}/hosts/${entry.host_id}/adopt`,
          { method: 'POST', headers, body: {} },
        )
        return operation ? [operation.id] : []
      }}
      onClose={onClose}
    />
  )
}
