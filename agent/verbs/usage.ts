import { checkServers, openBackend } from '@/agent/backends/open-backend'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { openDriverContext } from '@/agent/verbs/driver-context'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { HoldfastError } from '@/lib/errors'

function mountedTarget(agent: Agent, mountId: string): MountTarget {
  const mount = agent.mounts.list().find((candidate) => candidate.mountId === mountId)
  if (!mount) throw new HoldfastError('not_found', 'This host has no such mount.')
  if (mount.state !== 'mounted') {
    throw new HoldfastError(
      'backend_unreachable',
      `${mount.mountPoint} is ${mount.state}; how full it is cannot be known.`,
    )
  }
  const readOnly = (mount.options ?? '').split(',').includes('ro')
  return { mountId, path: mount.mountPoint, readOnly }
}

/** How full the storage is. What cannot be known is null. */
export function usage(agent: Agent): Handler<'usage'> {
  return async ({ operationId, backend: wire, mountId }, call) => {
    const { context, door } = openDriverContext(agent, call, operationId)
    const opened = openBackend(wire, agent.policy(), door.redactor)
    if (!opened.driver.usage) {
      throw new HoldfastError('unsupported', `The storage type ${wire.driver} does not tell how full it is.`)
    }
    const target = mountId === null ? null : mountedTarget(agent, mountId)
    await checkServers(opened, agent.policy(), door.host)
    return opened.driver.usage(opened.backend, target, context)
  }
}
