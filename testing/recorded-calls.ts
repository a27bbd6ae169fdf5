import type { Call, Handlers } from '@/agent/server/handlers'
import type { VerbName } from '@/lib/agent-protocol/verbs'

/** A request that was authenticated and understood. */
export interface RecordedCall {
  operation: VerbName
  request: unknown
}

/** The same handlers, writing down what they are asked. What is asked again and again would fill the list of a simulation. */
export function recording(handlers: Handlers, calls: RecordedCall[]): Handlers {
  const quiet = new Set<string>(['status', 'events', 'standing', 'jobLog'])
  const entries = Object.entries(handlers).map(([name, handle]) => {
    if (quiet.has(name)) return [name, handle]
    const call = handle as (request: unknown, call: Call) => unknown
    return [
      name,
      (request: unknown, context: Call) => {
        calls.push({ operation: name as VerbName, request })
        return call(request, context)
      },
    ]
  })
  return Object.fromEntries(entries) as Handlers
}
