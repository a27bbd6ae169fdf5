import { listResources, versionsOf } from '@/agent/resources/listed-kind'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

/** The sweep's question. From memory: it must be answered while every server is dead. */
export function status(agent: Agent): Handler<'status'> {
  return async (_request, { knownLists, measuring }) => {
    if (measuring !== null) agent.mounts.measure(measuring)
    return {
      now: new Date().toISOString(),
      startedAt: agent.startedAt,
      resources: listResources(agent.kinds, knownLists),
      versions: versionsOf(agent.kinds),
      jobs: agent.jobs.list(),
    }
  }
}
