import { collectDefaultMetrics, Registry } from '@prometheus-io/client'

/** Their names are not as Prometheus wants names to be, which `promtool check metrics` says; the same is under other names. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
  'nodejs_eventloop_utilization_histogram',
  'nodejs_eventloop_utilization_summary',
]

/** Next loads modules more than once in one process; what measures it must be one. */
const GLOBAL_KEY = Symbol.for('holdfast.process-metrics')
type SharedGlobal = typeof globalThis & { [GLOBAL_KEY]?: Registry }

/** The usual metrics of a Node process, of this one, under their usual names. It is watched from the first call on. */
export function processMetrics(): Promise<string> {
  const holder: SharedGlobal = globalThis
  holder[GLOBAL_KEY] ??= watched()
  return holder[GLOBAL_KEY].metrics()
}

function watched(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  return registry
}
