import { currentEnv } from '@/lib/current-env'
import type { Bus } from '@/lib/events/bus'
import { openBus } from '@/lib/events/open-bus'
import { RecentEvents } from '@/lib/events/recent-events'
import type { ChangeEvent } from '@/lib/events/schema'

interface Shared {
  bus: Bus
  recent: RecentEvents
}

/** Next loads modules more than once in one process; the bus must still be one. */
const GLOBAL_KEY = Symbol.for('holdfast.bus')
type SharedGlobal = typeof globalThis & { [GLOBAL_KEY]?: Shared | undefined }

function share(bus: Bus): Shared {
  const recent = new RecentEvents()
  bus.subscribe((event) => recent.note(event))
  return { bus, recent }
}

function shared(): Shared {
  const global: SharedGlobal = globalThis
  global[GLOBAL_KEY] ??= share(openBus(currentEnv()))
  return global[GLOBAL_KEY]
}

/** This process's side of the bus, opened on first use. */
export function processBus(): Bus {
  return shared().bus
}

/** What this process has heard of lately. */
export function recentEvents(): RecentEvents {
  return shared().recent
}

/** For tests and for processes that opened their own. */
export function setProcessBus(bus: Bus | undefined): void {
  const global: SharedGlobal = globalThis
  global[GLOBAL_KEY] = bus && share(bus)
}

/** Something is different now; to be called after the transaction has been committed. */
export function publishChanged(topic: ChangeEvent['topic'], id: string): void {
  processBus().publish({ topic, id, kind: 'changed' })
}

/** There is work for the controller. */
export function publishWanted(topic: ChangeEvent['topic'], id: string): void {
  processBus().publish({ topic, id, kind: 'wanted' })
}
