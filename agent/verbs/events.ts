import type { Handlers } from '@/agent/server/handlers'
import type { Machine } from '@/agent/verbs/agent'

/** Subscribes before it lists, so that nothing falls between the two. */
export function events(machine: Machine): Handlers['events'] {
  return (feed) => {
    const forgetMounts = machine.mounts.subscribe((changed) => feed.send(changed))
    const forgetConnections = machine.connections.subscribe((all) => feed.send([], all))
    feed.signal.addEventListener('abort', forgetMounts, { once: true })
    feed.signal.addEventListener('abort', forgetConnections, { once: true })
    feed.send(machine.mounts.list(), machine.connections.list())
  }
}
