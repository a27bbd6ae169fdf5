import type { Bus } from '@/lib/events/bus'
import type { ChangeEvent } from '@/lib/events/schema'

/** The bus of a process that also wants to know what the others say. */
export interface OwnBus extends Bus {
  /** As `subscribe`, without what this process says itself. */
  subscribeToOthers(listener: (event: ChangeEvent) => void): () => void
}

export function ownBus(bus: Bus): OwnBus {
  let isPublishing = false
  return {
    ...bus,
    publish(event) {
      isPublishing = true
      try {
        bus.publish(event)
      } finally {
        isPublishing = false
      }
    },
    subscribeToOthers: (listener) =>
      bus.subscribe((event) => {
        if (!isPublishing) listener(event)
      }),
  }
}
