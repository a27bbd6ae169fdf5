import type { IncomingMessage, ServerResponse } from 'node:http'
import { HoldfastError } from '@/lib/errors'
import { problemOf } from '@/lib/http/problem'
import { newRequestId } from '@/lib/http/request'
import { allowHeader, refusedMethod } from '@/lib/server/http-methods'
import type { Refusals } from '@/lib/server/refusals'

/** What pages and routes use between them; which of these a route takes is its own matter. */
export const WEB_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

function refusedPath(url: string | undefined): HoldfastError | null {
  try {
    decodeURIComponent((url ?? '').split('?')[0] ?? '')
    return null
  } catch {
    return new HoldfastError(
      'invalid_input',
      'The path of this address is not valid: a percent sign starts no character.',
    )
  }
}

/**
 * Answers what Next has no good answer to, before it sees it: methods that nothing here uses (TRACE it cannot even put into a
 * request) and paths that cannot be decoded, for both of which it says 500. True: the request has been answered.
 */
export function refuseOdd(request: IncomingMessage, response: ServerResponse, refusals: Refusals): boolean {
  const refused = refusedMethod(request.method, WEB_METHODS) ?? refusedPath(request.url)
  if (!refused) return false
  refusals.note(
    refused.code === 'method_not_allowed' ? `method ${request.method}` : 'path',
    request.socket.remoteAddress,
  )
  const body = JSON.stringify(problemOf(refused, newRequestId()))
  response.writeHead(refused.status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...allowHeader(refused),
  })
  response.end(body)
  return true
}
