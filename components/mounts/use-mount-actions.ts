'use client'

import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import type { OperationRow } from '@/lib/operations/schema'

export type MountVerb = 'mount' | 'unmount' | 'sync' | 'abandon'

const STARTED: Record<MountVerb, string> = {
  mount: 'Mounting',
  unmount: 'Unmounting',
  sync: 'Bringing to its wanted state:',
  abandon: 'Abandoning',
}

export interface MountOrder {
  mounts: readonly { id: string; name: string }[]
  verb: MountVerb
  /** Without it: all hosts of the mount. */
  hostIds?: readonly string[]
}

/** Starts mounting or unmounting. The pages show the outcome live; the toast says only that it began. */
export function useMountActions() {
  return useAction<MountOrder, OperationRow[]>({
    run: ({ mounts, verb, hostIds }) =>
      Promise.all(
        mounts.map(({ id }) =>
          requestOne<OperationRow>(`/api/v1/storage/mounts/${id}/${verb}`, {
            method: 'POST',
            body: hostIds ? { host_ids: hostIds } : {},
          }),
        ),
      ),
    topics: ['mount', 'operation', 'host'],
    done: (_, { mounts, verb }) =>
      `${STARTED[verb]} ${mounts.length === 1 ? (mounts[0]?.name ?? '') : `${mounts.length} mounts`}`,
  })
}

/** What the main button of a mount does: the opposite of what is wanted now. */
export function verbFor(mount: { desired_state: 'mounted' | 'unmounted' }): 'mount' | 'unmount' {
  return mount.desired_state === 'mounted' ? 'unmount' : 'mount'
}
