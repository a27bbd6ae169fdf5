import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { connectBackend, disconnectBackend } from '@/lib/backends/connect-service'
import { deleteBackend } from '@/lib/backends/service'
import { HoldfastError } from '@/lib/errors'
import { adoptMount } from '@/lib/imports/existing-service'
import { abandonNow, changeBackend, mountNow, syncNow, unmountNow } from '@/lib/mounts/changes/actions'
import { adoptDrift } from '@/lib/mounts/changes/adopt'
import { createMount } from '@/lib/mounts/changes/create'
import { setOverrides } from '@/lib/mounts/changes/overrides'
import { deleteMount, updateMount } from '@/lib/mounts/service'
import { PlanReady } from '@/lib/plans/change'
import type { PlanRequest, PlanView } from '@/lib/plans/schema'

const TRIAL = { isTrial: true } as const

function tryOut(actor: Actor, wanted: PlanRequest, signal?: AbortSignal): Promise<unknown> {
  switch (wanted.action) {
    case 'create_mount':
      return createMount(actor, wanted.change, TRIAL)
    case 'update_mount':
      return updateMount(actor, wanted.mount_id, wanted.change, TRIAL)
    case 'mount':
      return mountNow(actor, wanted.mount_id, wanted.change, TRIAL)
    case 'unmount':
      return unmountNow(actor, wanted.mount_id, wanted.change, TRIAL)
    case 'sync':
      return syncNow(actor, wanted.mount_id, wanted.change, TRIAL)
    case 'delete_mount':
      return deleteMount(actor, wanted.mount_id, wanted.change, TRIAL)
    case 'set_overrides':
      return setOverrides(actor, wanted.mount_id, wanted.host_id, wanted.change, TRIAL)
    case 'adopt':
      return adoptDrift(actor, wanted.mount_id, wanted.host_id, TRIAL)
    case 'abandon':
      return abandonNow(actor, wanted.mount_id, wanted.change, TRIAL)
    case 'adopt_existing':
      return adoptMount(actor, wanted.host_id, wanted.change, { ...TRIAL, ...(signal ? { signal } : {}) })
    case 'update_backend':
      return changeBackend(actor, wanted.backend_id, wanted.change, TRIAL)
    case 'delete_backend':
      return deleteBackend(actor, wanted.backend_id, TRIAL)
    case 'connect':
      return connectBackend(actor, wanted.backend_id, wanted.change.host_id, TRIAL)
    case 'disconnect':
      return disconnectBackend(actor, wanted.backend_id, wanted.change.host_id, TRIAL)
  }
}

/**
 * What a change would do, without making it: it is made in a transaction that is rolled back, so it needs the permission of the
 * change, and is refused for the same reasons. A host is asked what it has, when that is to be taken over.
 */
export async function makePlan(actor: Actor, wanted: PlanRequest, signal?: AbortSignal): Promise<PlanView> {
  authorize(actor, 'mounts.read')
  try {
    await tryOut(actor, wanted, signal)
  } catch (error) {
    if (error instanceof PlanReady) return error.plan
    throw error
  }
  throw new HoldfastError('internal', 'The change was made instead of tried.')
}
