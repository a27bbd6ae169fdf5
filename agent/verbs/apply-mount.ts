import { openBackend, openToTakeAway } from '@/agent/backends/open-backend'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { HoldfastError } from '@/lib/errors'

/** Makes the host match one mount document. It goes on when the caller has gone: the document is what is wanted. */
export function applyMount(agent: Agent): Handler<'applyMount'> {
  return async ({ mount, ...envelope }, call) => {
    const policy = agent.policy()
    const door = agent.open({ operationId: envelope.operationId, deadlineAt: call.deadlineAt, signal: call.signal })
    const isWanted = mount.desiredState === 'mounted'
    const opened = isWanted
      ? openBackend(mount.backend, policy, door.redactor)
      : openToTakeAway(mount.backend, door.redactor)
    if (!opened.driver.mount) {
      throw new HoldfastError('unsupported', `The storage type ${mount.backend.driver} cannot be mounted.`)
    }
    // What is no longer allowed must still be possible to take away. The network is asked when it comes to mounting.
    if (isWanted) policy.checkMountPoint(mount.mountPoint)
    return agent.mounts.apply(envelope, call.receivedAt, mount, {
      log: (message) => call.log(door.redactor.redact(message)),
    })
  }
}
