import type { z } from 'zod'
import type { WireError } from '@/lib/agent-protocol/messages'
import { toldError } from '@/lib/drivers/problems/report'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { fieldMessage, fieldProblems } from '@/lib/field-messages'

/** A failure as it goes over the wire. A problem of the catalogue has its own place there. */
export function toWireError(error: unknown): WireError {
  const known = toHoldfastError(error)
  const { problem, values, said, ...details } = known.details ?? {}
  return {
    ...toldError(known),
    ...(Object.keys(details).length > 0 ? { details } : {}),
    ...(known.fields ? { fields: known.fields } : {}),
  }
}

/** Parses a request; the error names every bad field. Values are left out: one of them may be a secret. */
export function parseRequest(schema: z.ZodType, input: unknown): unknown {
  const parsed = schema.safeParse(input, { error: fieldMessage })
  if (parsed.success) return parsed.data
  const fields = fieldProblems(parsed.error).map(({ field, message }) => ({ field: field || 'request', message }))
  const named = fields.map((problem) => problem.field).join(', ')
  throw new HoldfastError('invalid_input', `The request has fields that are not valid: ${named}.`, { fields })
}
