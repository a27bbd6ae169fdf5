import type { Handler } from '@/agent/server/handlers'
import type { Machine } from '@/agent/verbs/agent'

/** Unmounts, clears the guard and forgets the mount. No policy here: a policy never keeps a mount from going. */
export function removeMount(machine: Machine): Handler<'removeMount'> {
  return async ({ mountId, abandon, ...envelope }, call) =>
    machine.mounts.remove(envelope, call.receivedAt, { mountId, abandon }, { log: call.log })
}
