import 'server-only'
import type { Actor } from '@/lib/auth/actor'
import { driverById } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { chooseHost } from '@/lib/hosts/service'
import type { StorageEntry } from '@/lib/imports/entry'
import type { Known } from '@/lib/imports/known'
import type { ChosenRemote, ImportStorage, PlannedBackend, PlannedMount } from '@/lib/imports/schema'
import { createMount } from '@/lib/mounts/changes/create'
import { freeMountName, mountNameOf, mountPointOf } from '@/lib/mounts/mount-name'

type Chosen = Pick<ChosenRemote, 'mount_name' | 'mount_point'>

/** The mount for a backend that is to be made; null where none is asked for, or none is possible. */
export function planMount(
  actor: Actor,
  entry: StorageEntry,
  backendName: string,
  { given, chosen, known }: { given: ImportStorage; chosen: Chosen; known: Known },
): PlannedMount | null {
  if (!given.mounts || !driverById(entry.driver).capabilities.includes('mount')) return null
  const name = chosen.mount_name ?? freeMountName(mountNameOf(backendName) || 'mount', known.mountNames)
  const planned = {
    name,
    mount_point: chosen.mount_point ?? entry.place.mountPoint ?? mountPointOf(name),
    mount_id: null,
  }
  if (!actor.permissions.has('mounts.write')) {
    return { ...planned, action: 'skip', reason: 'You may make backends, but no mounts (mounts.write).' }
  }
  if (known.mountNames.has(name)) return { ...planned, action: 'refuse', reason: `Mount '${name}' already exists.` }
  return { ...planned, action: 'create', reason: null }
}

/** Makes the planned mount of a backend that was made. The backend stays when the mount is refused. */
export async function makeMount(
  actor: Actor,
  entry: StorageEntry,
  { mount, backend_id }: PlannedBackend,
  given: ImportStorage,
): Promise<PlannedMount | null> {
  if (mount?.action !== 'create' || backend_id === null) return mount
  try {
    const made = await createMount(actor, {
      name: mount.name,
      backend_id,
      mount_point: mount.mount_point,
      ...(await targetsOf(entry, given)),
      read_only: entry.place.readOnly || driverById(entry.driver).readOnly === true,
      on_drift: 'report',
      auto_mount: given.do_mount,
      do_mount: given.do_mount,
    })
    return { ...mount, mount_id: made.mount.id }
  } catch (error) {
    if (!(error instanceof HoldfastError) || (error.status >= 500 && error.code !== 'host_unreachable')) throw error
    return { ...mount, action: 'refuse', reason: error.message }
  }
}

async function targetsOf(entry: StorageEntry, { global, host_ids }: ImportStorage) {
  if (host_ids !== undefined) return { host_ids }
  if (global ?? entry.place.isGlobal) return { global: true }
  return { host_ids: [(await chooseHost(undefined, entry.driver)).id] }
}
