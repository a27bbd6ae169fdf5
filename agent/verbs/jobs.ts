import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

export function cancelJob(agent: Agent): Handler<'cancelJob'> {
  return async ({ operationId, fence }) => ({ job: agent.jobs.cancel(operationId, fence) })
}

export function jobLog(agent: Agent): Handler<'jobLog'> {
  return async ({ operationId, after }) => agent.jobs.logAfter(operationId, after)
}
