import type { z } from 'zod'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { fieldProblems } from '@/lib/field-messages'
import type { Problem } from '@/lib/http/envelope'

const TITLES: Partial<Record<string, string>> = { in_use: 'Still in use', internal: 'Internal error' }

function titleOf(code: string): string {
  const words = TITLES[code] ?? code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** RFC 9457 body of an error. The error's `details` (`used_by`, `steps`, `operation`, …) are added as they are. */
export function problemOf(error: HoldfastError, requestId: string): Problem {
  return {
    ...error.details,
    type: `urn:holdfast:error:${error.code}`,
    title: titleOf(error.code),
    status: error.status,
    code: error.code,
    detail: error.message,
    recovery: error.recovery,
    requestId,
    ...(error.fields ? { fields: error.fields } : {}),
  }
}

/** Turns anything thrown into a problem+json answer. An unknown failure shows no text of its own. */
export function problemResponse(thrown: unknown, requestId: string): Response {
  const error = toHoldfastError(thrown)
  const headers: Record<string, string> = {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
  }
  if (error.code === 'unauthenticated') headers['WWW-Authenticate'] = 'Bearer realm="holdfast"'
  const retryAfter = error.details?.retry_after
  if (typeof retryAfter === 'number') headers['Retry-After'] = String(retryAfter)
  return new Response(JSON.stringify(problemOf(error, requestId)), { status: error.status, headers })
}

/** `invalid_input` that names each field. */
export function invalidInput(error: z.ZodError): HoldfastError {
  const fields = fieldProblems(error)
  const detail = fields.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join(' ')
  return new HoldfastError('invalid_input', detail, { fields })
}
