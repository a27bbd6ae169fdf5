import type { Handler } from '@/agent/server/handlers'
import type { Machine } from '@/agent/verbs/agent'

/** How far commands have come here: from the journal and from memory, without touching a mount. */
export function standing(machine: Machine): Handler<'standing'> {
  return async () => ({
    ...machine.highest(),
    mounts: machine.mounts.list(),
    connections: machine.connections.list(),
  })
}
