import { checkServers, type OpenedBackend, openBackend } from '@/agent/backends/open-backend'
import type { Policy } from '@/agent/policy/policy'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { openDriverContext, redactStep } from '@/agent/verbs/driver-context'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { HoldfastError } from '@/lib/errors'

/** A name that leads nowhere is for the layers to say; an address that is not allowed is refused before anything runs. */
async function checkNamed(opened: OpenedBackend, policy: Policy, host: DriverHost): Promise<void> {
  const resolve = async (name: string): Promise<string[]> => {
    try {
      return await host.net.resolve(name)
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'backend_unreachable') return []
      throw error
    }
  }
  await checkServers(opened, policy, { ...host, net: { ...host.net, resolve } })
}

/** Proves layer by layer that the storage works from this host. Failing layers are the answer, not an error. */
export function testBackend(agent: Agent): Handler<'testBackend'> {
  return async ({ operationId, backend: wire, readsOnly }, call) => {
    const { context, door } = openDriverContext(agent, call, operationId, readsOnly ? { readsOnly } : {})
    const opened = openBackend(wire, agent.policy(), door.redactor)
    await checkNamed(opened, agent.policy(), door.host)
    const raw = await opened.driver.test(opened.backend, context)
    const steps = raw.map((step) => redactStep(step, (text) => door.redactor.redact(text)))
    return {
      success: steps.length > 0 && steps.every((step) => step.status !== 'failed'),
      steps,
      usage: steps.find((step) => step.usage !== undefined)?.usage ?? null,
    }
  }
}
