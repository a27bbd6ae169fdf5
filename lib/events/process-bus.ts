import { currentEnv } from '@/lib/current-env'
import type { Bus } from '@/lib/events/bus'
import { openBus } from '@/lib/events/open-bus'
import type { ChangeEvent } from '@/lib/events/schema'

/** Next loads modules more than once in one process; the bus must still be one. */
const GLOBAL_KEY = Symbol.for('holdfast.bus')
type SharedGlobal = typeof globalThis & { [GLOBAL_KEY]?: Bus | undefined }

/** This process's side of the bus, opened on first use. */
export function processBus(): Bus {
  const shared: SharedGlobal = globalThis
  shared[GLOBAL_KEY] ??= openBus(currentEnv())
  return shared[GLOBAL_KEY]
}

/** For tests and for processes that opened their own. */
export function setProcessBus(bus: Bus | undefined): void {
  const shared: SharedGlobal = globalThis
  shared[GLOBAL_KEY] = bus
}

/** Something is different now; to be called after the transaction has been committed. */
export function publishChanged(topic: ChangeEvent['topic'], id: string): void {
  processBus().publish({ topic, id, kind: 'changed' })
}

/** There is work for the controller. */
export function publishWanted(topic: ChangeEvent['topic'], id: string): void {
  processBus().publish({ topic, id, kind: 'wanted' })
}
