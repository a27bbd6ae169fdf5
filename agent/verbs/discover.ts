import { checkServers, openPartialBackend } from '@/agent/backends/open-backend'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { openDriverContext } from '@/agent/verbs/driver-context'
import { HoldfastError } from '@/lib/errors'

/** Asks the storage what there is to choose from, with as much of the form as is filled in. */
export function discover(agent: Agent): Handler<'discover'> {
  return async ({ operationId, discovery, backend: wire }, call) => {
    const { context, door } = openDriverContext(agent, call, operationId)
    const opened = openPartialBackend(wire, agent.policy(), door.redactor)
    const discoveries = opened.driver.discover ?? {}
    const ask = Object.hasOwn(discoveries, discovery) ? discoveries[discovery] : undefined
    if (!ask) {
      throw new HoldfastError('unsupported', `The storage type ${wire.driver} has no discovery called ${discovery}.`)
    }
    await checkServers(opened, agent.policy(), door.host)
    return { choices: await ask(opened.backend, context) }
  }
}
