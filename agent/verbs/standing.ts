import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

/** How far commands have come here: from the journal and from memory, without touching a mount. */
export function standing(agent: Agent): Handler<'standing'> {
  return async () => ({
    ...agent.highest(),
    mounts: agent.mounts.list(),
    connections: agent.connections.list(),
  })
}
