import 'server-only'
import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { effectiveMount } from '@/lib/mounts/effective'
import * as mounts from '@/lib/mounts/repository'

/**
 * A mount that may be given to what runs on this host. `within`: what stands before the names of the fields, such as `mounts.0.`. Throws
 * `invalid_input` with the field and the cure.
 */
export async function requireMountOn(
  tx: Db,
  { mount_id, read_only }: { mount_id: string; read_only: boolean },
  host: { id: string; name: string },
  within = '',
): Promise<{ id: string; name: string }> {
  const badId = (message: string) => badField(`${within}mount_id`, message)
  const mount = await mounts.findById(mount_id, tx)
  if (mount === null) throw badId('There is no such mount.')
  if (mount.deletedAt !== null) throw badId(`Mount '${mount.name}' is being deleted.`)
  if (mount.pool !== null)
    throw badId(`Mount '${mount.name}' belongs to pool '${mount.pool.name}': what lies there are its volumes.`)
  if (mount.repository !== null)
    throw badId(`Mount '${mount.name}' belongs to repository '${mount.repository.name}': what lies there are backups.`)
  const row = mount.hosts.find((each) => each.hostId === host.id && !each.removed)
  if (row === undefined)
    throw badId(`Mount '${mount.name}' is not on host '${host.name}': add the host to the mount first.`)
  if (row.desiredState !== 'mounted')
    throw badId(`Mount '${mount.name}' is to be unmounted on host '${host.name}': mount it there first.`)
  if (effectiveMount(mount, row.overrides).readOnly && !read_only)
    throw badField(
      `${within}read_only`,
      `Mount '${mount.name}' is read-only on host '${host.name}': attach it read-only.`,
    )
  return { id: mount.id, name: mount.name }
}
