import { ownerOf } from '@/lib/mounts/owned-by'
import type { MountView } from '@/lib/mounts/schema'

type Mount = Pick<MountView, 'id' | 'name' | 'pool' | 'repository' | 'removing'> & {
  hosts: Pick<MountView['hosts'][number], 'host_id' | 'desired_state' | 'removing' | 'mount_point' | 'read_only'>[]
}

/** Mounts that whatever runs on this host can be given, by name. */
export function mountsFor(
  mounts: readonly Mount[],
  hostId: string,
): { id: string; name: string; path: string; isReadOnly: boolean }[] {
  return mounts
    .flatMap(({ id, name, removing, hosts, ...owned }) => {
      const here = hosts.find((host) => host.host_id === hostId && host.desired_state === 'mounted' && !host.removing)
      if (here === undefined || ownerOf(owned) !== null || removing) return []
      return [{ id, name, path: here.mount_point, isReadOnly: here.read_only }]
    })
    .toSorted((one, other) => one.name.localeCompare(other.name, 'en'))
}
