import { checkServers, openBackend } from '@/agent/operations/backend'
import type { Machine } from '@/agent/operations/machine'
import type { Call, Handler } from '@/agent/server/handlers'
import type { OperationContext } from '@/lib/drivers/contract'
import { HoldfastError } from '@/lib/errors'

/** It goes on when the caller has gone: a login that stops half way is worse than one that ends. */
function openContext(machine: Machine, call: Call, operationId: string) {
  const door = machine.open({ operationId, deadlineAt: call.deadlineAt, signal: call.signal })
  const context: OperationContext = {
    host: door.host,
    signal: call.signal,
    deadlineAt: call.deadlineAt,
    operationId,
    log: (message) => call.log(door.redactor.redact(message)),
    step: () => undefined,
  }
  return { context, door }
}

function cannotConnect(driver: string): HoldfastError {
  return new HoldfastError('unsupported', `The storage type ${driver} is mounted, not connected.`)
}

/** Opens a block storage on this host. */
export function connectBackend(machine: Machine): Handler<'connectBackend'> {
  return async ({ backend: wire, ...envelope }, call) => {
    const { context, door } = openContext(machine, call, envelope.operationId)
    const opened = openBackend(wire, machine.policy(), door.redactor)
    const { connect } = opened.driver
    if (!connect) throw cannotConnect(wire.driver)
    return machine.commands.once('connectBackend', envelope, { backend: wire }, call.receivedAt, async () => {
      await checkServers(opened, machine.policy(), door.host)
      return connect(opened.backend, context)
    })
  }
}

/** Closes it again. A policy never keeps anything from going. */
export function disconnectBackend(machine: Machine): Handler<'disconnectBackend'> {
  return async ({ backend: wire, ...envelope }, call) => {
    const { context, door } = openContext(machine, call, envelope.operationId)
    const opened = openBackend(wire, { ...machine.policy(), checkDriver: () => undefined }, door.redactor)
    const { disconnect } = opened.driver
    if (!disconnect) throw cannotConnect(wire.driver)
    return machine.commands.once('disconnectBackend', envelope, { backend: wire }, call.receivedAt, async () => {
      await disconnect(opened.backend, context)
      return { disconnected: true as const }
    })
  }
}
