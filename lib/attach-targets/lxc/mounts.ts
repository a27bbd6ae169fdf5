import type { MountedWorkload, MountTaking } from '@/lib/attach-targets/contract/mounts'
import type { FoundWorkload } from '@/lib/attach-targets/contract/target'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { findContainer } from '@/lib/attach-targets/lxc/containers'
import type { MountWay } from '@/lib/attach-targets/lxc/mount-way'
import { plainMounts } from '@/lib/attach-targets/lxc/plain-mounts'
import { proxmoxMounts } from '@/lib/attach-targets/lxc/proxmox-mounts'
import { HoldfastError } from '@/lib/errors'

/** By whoever knows the container. The next start of a container always knows of a change. */
export const lxcMounts: MountTaking = {
  async planAttach(host, nativeId, mount) {
    const { way, found } = await openWay(host, nativeId)
    return way.planAttach(host, found, mount)
  },
  async planDetach(host, nativeId, mount) {
    const { way, found } = await openWay(host, nativeId)
    return way.planDetach(host, found, mount)
  },
  async attach(host, nativeId, mount, { log }): Promise<MountedWorkload> {
    const { way, found } = await openWay(host, nativeId)
    return { nativeId, isLive: await way.attach(host, found, mount, log), isKept: true }
  },
  async detach(host, nativeId, mount, { log }): Promise<MountedWorkload> {
    const { way, found } = await openWay(host, nativeId)
    return { nativeId, isLive: await way.detach(host, found, mount, log), isKept: true }
  },
}

async function openWay(host: TargetHost, nativeId: string): Promise<{ way: MountWay; found: FoundWorkload }> {
  const known = await findContainer(host, nativeId)
  if (known === null) throw new HoldfastError('not_found', 'There is no such container on this host any more.')
  return { way: known.flavour === 'plain' ? plainMounts : proxmoxMounts, found: known.found }
}
