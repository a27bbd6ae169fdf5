import type { Handler } from '@/agent/server/handlers'
import type { Machine } from '@/agent/verbs/agent'

/** The sweep's question. From memory: it must be answered while every server is dead. */
export function status(machine: Machine): Handler<'status'> {
  return async () => ({
    now: new Date().toISOString(),
    startedAt: machine.startedAt,
    mounts: machine.mounts.list(),
    connections: machine.connections.list(),
  })
}
