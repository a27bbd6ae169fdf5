import type { ByteHandlers } from '@/agent/server/bytes'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'

/** What lies in a directory of a pool. Nobody needs the answer when the caller has gone. */
export function listFiles(agent: Agent): Handler<'listFiles'> {
  return (request, call) => agent.files.list(request, AbortSignal.any([call.signal, call.disconnected]))
}

/** Makes room for a file that is to come. */
export function beginUpload(agent: Agent): Handler<'beginUpload'> {
  return (request, call) => agent.files.uploads.begin(request, call.signal)
}

/** How far an upload has come. */
export function lookAtUpload(agent: Agent): Handler<'lookAtUpload'> {
  return (request, call) => agent.files.uploads.look(request, call.signal)
}

/** Gives an upload its name, when all of it is there. */
export function finishUpload(agent: Agent): Handler<'finishUpload'> {
  return (request, call) => agent.files.uploads.finish(request, call.signal)
}

/** Takes an upload away. */
export function dropUpload(agent: Agent): Handler<'dropUpload'> {
  return async (request, call) => {
    await agent.files.uploads.drop(request, call.signal)
    return { dropped: true }
  }
}

/** The verbs that carry bytes. */
export function createByteHandlers(agent: Pick<Agent, 'files'>): ByteHandlers {
  return {
    readFile: (request, signal) => agent.files.read(request, signal),
    writeUpload: (request, body, signal) => agent.files.uploads.write(request, body, signal),
  }
}
