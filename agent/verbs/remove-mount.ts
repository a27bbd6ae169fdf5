import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

/** Unmounts, clears the guard and forgets the mount. No policy here: a policy never keeps a mount from going. */
export function removeMount(agent: Agent): Handler<'removeMount'> {
  return async ({ mountId, abandon, ...envelope }, call) =>
    agent.mounts.remove(envelope, call.receivedAt, { mountId, abandon }, { log: call.log })
}
