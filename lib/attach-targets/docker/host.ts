import type { AttachTarget } from '@/lib/attach-targets/contract/target'
import { docker } from '@/lib/attach-targets/docker/descriptor'
import { parseBoundVolumes, parseContainers, parseVersion } from '@/lib/attach-targets/docker/parse-containers'

/** Three questions for all containers: what they tell has their mounts, and nothing of their environment. */
export const dockerTarget: AttachTarget = {
  descriptor: docker,
  async inventory(host) {
    const version = await host.ask('docker', '/version')
    if (version === null) return null
    const containers = await host.ask('docker', '/containers/json?all=1')
    const volumes = parseBoundVolumes(await host.ask('docker', '/volumes'))
    return { version: parseVersion(version), workloads: parseContainers(containers, volumes) }
  },
}
