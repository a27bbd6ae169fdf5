import type { Call } from '@/agent/server/handlers'
import type { Agent, Door } from '@/agent/verbs/agent'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { TestStep } from '@/lib/drivers/contract/steps'
import type { ProblemValue } from '@/lib/drivers/problems/definition'

/** What a driver gets for work that only its caller wants: it ends when the caller has gone. Logs and steps are redacted. */
export function openDriverContext(
  agent: Agent,
  call: Call,
  operationId: string,
  limits: Pick<OperationContext, 'readsOnly'> = {},
): { context: OperationContext; door: Door } {
  const signal = AbortSignal.any([call.signal, call.disconnected])
  const door = agent.open({ operationId, deadlineAt: call.deadlineAt, signal })
  const redact = (text: string) => door.redactor.redact(text)
  const context: OperationContext = {
    ...limits,
    host: door.host,
    signal,
    deadlineAt: call.deadlineAt,
    operationId,
    log: (message) => call.log(redact(message)),
    step: (step) => call.step(redactStep(step, redact)),
  }
  return { context, door }
}

export function redactStep(step: TestStep, redact: (text: string) => string): TestStep {
  return {
    ...step,
    ...(step.detail === undefined ? {} : { detail: redact(step.detail) }),
    ...(step.said === undefined ? {} : { said: redact(step.said) }),
    ...(step.values === undefined ? {} : { values: redactValues(step.values, redact) }),
  }
}

function redactValues(
  values: Record<string, ProblemValue>,
  redact: (text: string) => string,
): Record<string, ProblemValue> {
  const entries = Object.entries(values)
  return Object.fromEntries(entries.map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]))
}
