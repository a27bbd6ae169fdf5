import type { ByteHandlers } from '@/agent/server/bytes'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

/** What lies in a directory of a pool. Nobody needs the answer when the caller has gone. */
export function listFiles(agent: Agent): Handler<'listFiles'> {
  return (request, call) => agent.files.list(request, AbortSignal.any([call.signal, call.disconnected]))
}

/** The verbs that carry bytes. */
export function createByteHandlers(agent: Pick<Agent, 'files'>): ByteHandlers {
  return { readFile: (request, signal) => agent.files.read(request, signal) }
}
