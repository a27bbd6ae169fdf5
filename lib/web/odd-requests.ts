import type { IncomingMessage, ServerResponse } from 'node:http'
import { HoldfastError } from '@/lib/errors'
import { problemOf } from '@/lib/http/problem'
import { newRequestId } from '@/lib/http/request'
import { allowHeader, refusedMethod } from '@/lib/server/http-methods'
import type { Refusals } from '@/lib/server/refusals'

/** What pages and routes use between them; which of these a route takes is its own matter. */
export const WEB_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
/** Pages change nothing. What Next would take a POST to a page for, it decodes for anybody who asks: nothing here needs that. */
const PAGE_METHODS = ['GET', 'HEAD']

/** Parts of files that are uploaded: as large as the files, so that they are handed on as they come. */
const UPLOAD = /^\/api\/(?:v1\/)?storage\/pools\/[^/?]+\/uploads\/[^/?]+$/

export function isPartOfUpload({ method, url = '' }: IncomingMessage): boolean {
  return method === 'PATCH' && UPLOAD.test(url)
}

/** The path as Next will see it: without dots, however they are written. */
function plainPath(url: string): string {
  return new URL(`http://localhost${url}`).pathname
}

function refusedPath(url: string): HoldfastError | null {
  // For proxies and for OPTIONS alone: whole addresses, and "*".
  if (!url.startsWith('/'))
    return new HoldfastError('invalid_input', 'The address of a request begins with "/"; this is no proxy.')
  try {
    decodeURIComponent(url.split('?')[0] ?? '')
    return null
  } catch {
    return new HoldfastError(
      'invalid_input',
      'The path of this address is not valid: a percent sign starts no character.',
    )
  }
}

function refusedForPage(method: string | undefined, url: string): HoldfastError | null {
  return plainPath(url).startsWith('/api/') ? null : refusedMethod(method, PAGE_METHODS)
}

/**
 * Answers what Next has no good answer to, before it sees it: methods that nothing here uses (TRACE it cannot even put into a
 * request), addresses that are not paths or cannot be decoded, and what would change a page. To all of them it says 500. True: the
 * request has been answered.
 */
export function refuseOdd(request: IncomingMessage, response: ServerResponse, refusals: Refusals): boolean {
  const { method, url = '' } = request
  const refused = refusedMethod(method, WEB_METHODS) ?? refusedPath(url) ?? refusedForPage(method, url)
  if (!refused) return false
  refusals.note(refused.code === 'method_not_allowed' ? `method ${method}` : 'path', request.socket.remoteAddress)
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
