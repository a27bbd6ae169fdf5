import type { z } from 'zod'
import { type FieldProblem, HoldfastError, toHoldfastError } from '@/lib/errors'
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
    'X-Request-Id': requestId,
  }
  if (error.code === 'unauthenticated') headers['WWW-Authenticate'] = 'Bearer realm="holdfast"'
  const retryAfter = error.details?.retry_after
  if (typeof retryAfter === 'number') headers['Retry-After'] = String(retryAfter)
  return new Response(JSON.stringify(problemOf(error, requestId)), { status: error.status, headers })
}

/** `invalid_input` that names each field; `prefix` is put before the names (`config`). */
export function invalidInput(error: z.ZodError, prefix?: string): HoldfastError {
  const fields = fieldProblems(error, prefix)
  const detail = fields.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join(' ')
  return new HoldfastError('invalid_input', detail, { fields })
}

export function fieldProblems(error: z.ZodError, prefix?: string): FieldProblem[] {
  return error.issues.flatMap((issue) => {
    const path = [...(prefix ? [prefix] : []), ...issue.path.map(String)]
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: [...path, key].join('.'),
        message: 'This field is not known; leave it out.',
      }))
    }
    return [{ field: path.join('.'), message: sentence(issue.message) }]
  })
}

function sentence(message: string): string {
  const known = message.replace(/^Invalid input: expected (.+), received undefined$/, 'This field is required ($1).')
  return /[.!?]$/.test(known) ? known : `${known}.`
}
