import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

/** Opens a block storage on this host and keeps it open. */
export function connectBackend(agent: Agent): Handler<'connectBackend'> {
  return ({ backend, ...envelope }, call) =>
    agent.connections.connect(envelope, call.receivedAt, backend, { log: call.log })
}

/** Closes it again. */
export function disconnectBackend(agent: Agent): Handler<'disconnectBackend'> {
  return async ({ backend, ...envelope }, call) => {
    await agent.connections.disconnect(envelope, call.receivedAt, backend, { log: call.log })
    return { disconnected: true }
  }
}
