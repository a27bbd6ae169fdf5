import type { z } from 'zod'
import { HoldfastError } from '@/lib/errors'
import { fieldMessage, fieldProblems } from '@/lib/field-messages'

/** Parses a request; the error names every bad field. Values are left out: one of them may be a secret. */
export function parseRequest(schema: z.ZodType, input: unknown): unknown {
  const parsed = schema.safeParse(input, { error: fieldMessage })
  if (parsed.success) return parsed.data
  const fields = fieldProblems(parsed.error).map(({ field, message }) => ({ field: field || 'request', message }))
  const named = fields.map((problem) => problem.field).join(', ')
  throw new HoldfastError('invalid_input', `The request has fields that are not valid: ${named}.`, { fields })
}
