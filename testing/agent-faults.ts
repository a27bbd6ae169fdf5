import type { IncomingMessage, ServerResponse } from 'node:http'
import { VERBS, type VerbName } from '@/lib/agent-protocol/verbs'
import { toWireError } from '@/lib/agent-protocol/wire-error'
import { type ErrorCode, HoldfastError } from '@/lib/errors'

/**
 * What a fake agent does wrong. `hang`: takes the request and never answers. `cut`: closes the connection instead of answering.
 * `cutStream`: answers half a stream. `garbage`: answers what is not the protocol.
 */
export type Fault =
  | { kind: 'hang' }
  | { kind: 'slow'; delayMs: number }
  | { kind: 'refuse'; code: ErrorCode; message?: string }
  | { kind: 'cut' }
  | { kind: 'cutStream' }
  | { kind: 'garbage' }

/** The fault for this request, of one operation before that of all. */
export function faultOf(faults: Map<VerbName | 'all', Fault>, request: IncomingMessage): Fault | undefined {
  if (faults.size === 0) return undefined
  const found = Object.entries(VERBS).find(([, operation]) => operation.path === request.url)
  return (found && faults.get(found[0] as VerbName)) ?? faults.get('all')
}

export function misbehave(
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  switch (fault.kind) {
    case 'hang':
      request.resume()
      return
    case 'slow': {
      const timer = setTimeout(() => answer(request, response), fault.delayMs)
      response.once('close', () => clearTimeout(timer))
      return
    }
    case 'refuse': {
      const error = new HoldfastError(fault.code, fault.message ?? 'The test wanted this.')
      request.resume()
      response.writeHead(error.status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: toWireError(error) }))
      return
    }
    case 'cut':
      request.socket.destroy()
      return
    case 'cutStream':
      request.resume()
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      response.write(
        `${JSON.stringify({ type: 'log', at: new Date().toISOString(), message: 'half' })}\n{"type":"res`,
        () => request.socket.destroy(),
      )
      return
    case 'garbage':
      request.resume()
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('<html>this is not an agent</html>')
  }
}
