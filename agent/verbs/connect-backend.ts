import type { Handler } from '@/agent/server/handlers'
import type { Machine } from '@/agent/verbs/agent'

/** Opens a block storage on this host and keeps it open. */
export function connectBackend(machine: Machine): Handler<'connectBackend'> {
  return ({ backend, ...envelope }, call) =>
    machine.connections.connect(envelope, call.receivedAt, backend, { log: call.log })
}

/** Closes it again. */
export function disconnectBackend(machine: Machine): Handler<'disconnectBackend'> {
  return async ({ backend, ...envelope }, call) => {
    await machine.connections.disconnect(envelope, call.receivedAt, backend, { log: call.log })
    return { disconnected: true }
  }
}
