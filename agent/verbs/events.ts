import type { Handlers } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

/** Subscribes before it lists, so that nothing falls between the two. */
export function events(agent: Agent): Handlers['events'] {
  return (feed) => {
    const forgetMounts = agent.mounts.subscribe((changed) => feed.send(changed))
    const forgetConnections = agent.connections.subscribe((all) => feed.send([], all))
    const forgetJobs = agent.jobs.subscribe((all) => feed.send([], undefined, all))
    for (const forget of [forgetMounts, forgetConnections, forgetJobs]) {
      feed.signal.addEventListener('abort', forget, { once: true })
    }
    feed.send(agent.mounts.list(), agent.connections.list(), agent.jobs.list())
  }
}
