import { db } from '@/lib/db/client'
import type { Managed } from '@/lib/imports/existing-mounts'
import { overridesOf } from '@/lib/mounts/effective'

/** Where the mounts of this host are to be, and which names are taken. */
export async function managedOn(hostId: string): Promise<Managed> {
  const rows = await db().mountOnHost.findMany({
    where: { hostId },
    select: { overrides: true, mount: { select: { name: true, mountPoint: true } } },
  })
  const mounts = await db().mount.findMany({ select: { name: true } })
  return {
    places: rows.map(({ overrides, mount }) => ({
      name: mount.name,
      mountPoint: overridesOf(overrides).mount_point ?? mount.mountPoint,
    })),
    names: new Set(mounts.map(({ name }) => name)),
  }
}
