import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { HoldfastError } from '@/lib/errors'

/** Accepts the check of a mount; it goes on when the caller has gone. */
export function checkMount(agent: Agent): Handler<'checkMount'> {
  return async ({ mountId, sizeBytes, ...envelope }, call) => {
    if (envelope.resourceId !== mountId) {
      throw new HoldfastError('invalid_input', 'The resource of this command is not the mount that it speaks of.', {
        fields: [{ field: 'resourceId', message: 'Send the id of the mount.' }],
      })
    }
    return agent.jobs.start('checkMount', envelope, call.receivedAt, { mountId, sizeBytes })
  }
}
