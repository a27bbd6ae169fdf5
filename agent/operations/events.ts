import type { Machine } from '@/agent/operations/machine'
import type { Handlers } from '@/agent/server/handlers'

/** Subscribes before it lists, so that nothing falls between the two. */
export function events(machine: Machine): Handlers['events'] {
  return (feed) => {
    const unsubscribe = machine.mounts.subscribe((changed) => feed.send(changed))
    feed.signal.addEventListener('abort', unsubscribe, { once: true })
    feed.send(machine.mounts.list())
  }
}
