'use client'

import { useRouter } from 'next/navigation'
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

export function useDeleteMount(mount: { id: string; name: string }, then?: () => void) {
  const router = useRouter()
  return useAction<void, unknown>({
    run: () => requestOne(`/api/v1/storage/mounts/${mount.id}`, { method: 'DELETE' }),
    topics: ['mount', 'backend', 'operation', 'host'],
    done: () => `Deleting ${mount.name}`,
    quiet: true,
    onSuccess: () => (then ? then() : router.push('/mounts')),
  })
}

/** What the main button of a mount does: the opposite of what is wanted now. */
export function verbFor(mount: { desired_state: 'mounted' | 'unmounted' }): MountVerb {
  return mount.desired_state === 'mounted' ? 'unmount' : 'mount'
}
