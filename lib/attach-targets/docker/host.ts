import { z } from 'zod'
import type { AttachTarget, ContainerPower } from '@/lib/attach-targets/contract/target'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { docker } from '@/lib/attach-targets/docker/descriptor'
import { dockerMaking } from '@/lib/attach-targets/docker/making'
import { dockerMounts } from '@/lib/attach-targets/docker/mounts'
import { parseBoundVolumes, parseContainers, parseVersion } from '@/lib/attach-targets/docker/parse-containers'
import { dockerRestarts } from '@/lib/attach-targets/docker/restarts'
import { HoldfastError } from '@/lib/errors'

/** A container that does not end by itself is ended after so many seconds. */
const GRACE_S = 30

const power: ContainerPower = {
  async find(host, nativeId) {
    if (!/^[0-9a-f]{64}$/.test(nativeId))
      throw new HoldfastError('invalid_input', 'A container of Docker is named by its whole id.')
    const filters = encodeURIComponent(JSON.stringify({ id: [nativeId] }))
    const answer = await host.ask('docker', `/containers/json?all=1&filters=${filters}`)
    if (answer === null) return null
    const volumes = parseBoundVolumes(await host.ask('docker', '/volumes'))
    return parseContainers(answer, volumes).find((found) => found.nativeId === nativeId) ?? null
  },
  async act(host, { nativeId, state }, action) {
    const told = {
      start: state === 'paused' ? 'unpause' : 'start',
      shutdown: `stop?t=${GRACE_S}`,
      off: 'kill',
      reset: `restart?t=${GRACE_S}`,
    }
    await host.tell('docker', `/containers/${nativeId}/${told[action]}`)
  },
}

/** Three questions for all containers: what they tell has their mounts, and nothing of their environment. */
export const dockerTarget = {
  descriptor: docker,
  power,
  mounts: dockerMounts,
  making: dockerMaking,
  restarts: dockerRestarts,
  async processOf(host: TargetHost, nativeId: string) {
    const State = z.object({ State: z.object({ Pid: z.int() }) })
    return State.parse(await host.ask('docker', `/containers/${nativeId}/json`)).State.Pid || null
  },
  async inventory(host: TargetHost) {
    const version = await host.ask('docker', '/version')
    if (version === null) return null
    const containers = await host.ask('docker', '/containers/json?all=1')
    const volumes = parseBoundVolumes(await host.ask('docker', '/volumes'))
    return { version: parseVersion(version), workloads: parseContainers(containers, volumes) }
  },
} satisfies AttachTarget
