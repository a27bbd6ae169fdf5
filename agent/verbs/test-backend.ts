import { checkServers, openBackend } from '@/agent/backends/open-backend'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import { openDriverContext, redactStep } from '@/agent/verbs/driver-context'

/** Proves layer by layer that the storage works from this host. Failing layers are the answer, not an error. */
export function testBackend(agent: Agent): Handler<'testBackend'> {
  return async ({ operationId, backend: wire }, call) => {
    const { context, door } = openDriverContext(agent, call, operationId)
    const opened = openBackend(wire, agent.policy(), door.redactor)
    await checkServers(opened, agent.policy(), door.host)
    const raw = await opened.driver.test(opened.backend, context)
    const steps = raw.map((step) => redactStep(step, (text) => door.redactor.redact(text)))
    return {
      success: steps.length > 0 && steps.every((step) => step.status !== 'failed'),
      steps,
      usage: steps.find((step) => step.usage !== undefined)?.usage ?? null,
    }
  }
}
