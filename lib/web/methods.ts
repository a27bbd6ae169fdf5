import type { IncomingMessage, ServerResponse } from 'node:http'
import { problemOf } from '@/lib/http/problem'
import { newRequestId } from '@/lib/http/request'
import { allowHeader, refusedMethod } from '@/lib/http-methods'
import type { Refusals } from '@/lib/refusals'

/** What pages and routes use between them; which of these a route takes is its own matter. */
export const WEB_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Answers 405 to a method that nothing here uses, before Next sees it: TRACE it cannot even put into a request, and says 500.
 * True: the request has been answered.
 */
export function refuseMethod(request: IncomingMessage, response: ServerResponse, refusals: Refusals): boolean {
  const refused = refusedMethod(request.method, WEB_METHODS)
  if (!refused) return false
  refusals.note(`method ${request.method}`, request.socket.remoteAddress)
  const body = JSON.stringify(problemOf(refused, newRequestId()))
  response.writeHead(refused.status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // A body that nobody will read must not be taken for the next request.
    ...(request.complete ? {} : { connection: 'close' }),
    ...allowHeader(refused),
  })
  response.end(body)
  return true
}
