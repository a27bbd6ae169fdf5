import { listResources } from '@/agent/resources/listed-kind'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

/** How far commands have come here: from the journal and from memory, without touching a mount. */
export function standing(agent: Agent): Handler<'standing'> {
  return async () => ({ ...agent.highest(), resources: listResources(agent.kinds) })
}
