import { randomBytes } from 'node:crypto'
import { HoldfastError } from '@/lib/errors'
import { WEB_LIMITS } from '@/lib/server/limits'

/** Names one request in its answer, in the log and in the audit. */
export function newRequestId(): string {
  return `req_${randomBytes(9).toString('base64url')}`
}

/** Bodies above this are refused before they are parsed. */
export const MAX_BODY_BYTES = WEB_LIMITS.bodyBytes

/** The body's text. Throws `payload_too_large`; a body without a length is counted while it arrives. */
export async function readText(request: Request, limit = MAX_BODY_BYTES): Promise<string> {
  const declared = Number(request.headers.get('content-length') ?? Number.NaN)
  if (declared > limit) throw tooLarge(limit)
  if (!request.body) return ''
  if (declared >= 0) return request.text()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function tooLarge(limit: number): HoldfastError {
  return new HoldfastError('payload_too_large', `The body is larger than ${Math.floor(limit / 1024)} KiB.`)
}

/** An empty body counts as `{}`. Throws `unsupported_media_type`, or `invalid_input` for text that is not JSON. */
export function parseJson(request: Request, text: string): unknown {
  if (text.trim() === '') return {}
  const type = request.headers.get('content-type')
  if (!type || !/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new HoldfastError(
      'unsupported_media_type',
      'The body must be JSON, sent with Content-Type: application/json.',
    )
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new HoldfastError('invalid_input', 'The body is not valid JSON.')
  }
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export function isSafe(method: string): boolean {
  return SAFE_METHODS.has(method)
}

/**
 * A browser says where a request comes from; anything but this site is refused (CSRF). Bearer tokens are exempt, because a
 * browser never sends them by itself. Throws `forbidden`.
 */
export function checkOrigin(request: Request, publicUrl: string): void {
  const origin = request.headers.get('origin')
  if (origin === null) {
    if (request.headers.get('sec-fetch-site') === 'same-origin') return
    throw refusedOrigin('The request names no origin.')
  }
  if (origin === new URL(publicUrl).origin) return
  const host = request.headers.get('host')
  if (host !== null && URL.canParse(origin) && new URL(origin).host === host) return
  throw refusedOrigin('The request comes from another site.')
}

function refusedOrigin(reason: string): HoldfastError {
  return new HoldfastError('forbidden', `${reason} Use the console at its own address, or send an API token.`)
}

/** `Prefer: wait=10` and `respond-async` (RFC 7240). `waitMs` is at most 30 s; `null` when the caller did not say. */
export function readPrefer(header: string | null): { waitMs: number | null; isAsync: boolean } {
  if (header === null) return { waitMs: null, isAsync: false }
  const wait = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})/i.exec(header)?.[1]
  return {
    waitMs: wait === undefined ? null : Math.min(Number(wait), 30) * 1000,
    isAsync: /(?:^|[,;\s])respond-async(?:$|[,;\s])/i.test(header),
  }
}

/** The client's address as the nearest proxy (or our own server) reports it: the last entry, which the client cannot choose behind a proxy. */
export function addressOf(headers: Headers): string | undefined {
  const last = headers.get('x-forwarded-for')?.split(',').at(-1)?.trim()
  return last && last.length <= 64 ? last : undefined
}
