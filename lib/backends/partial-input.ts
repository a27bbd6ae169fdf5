import { z } from 'zod'
import { type BackendInput, driverById, FREE_TEXT_FIELDS } from '@/lib/drivers/registry'
import { type FieldProblem, HoldfastError } from '@/lib/errors'
import { fieldMessage } from '@/lib/field-messages'

/**
 * A half-filled form, for discovery: what is given must be right, what is missing is the driver's to miss.
 * Throws `invalid_input` with one entry per bad field.
 */
export function parsePartialInput(type: string, flat: Record<string, unknown>): BackendInput {
  const descriptor = driverById(type)
  const problems: FieldProblem[] = []
  const config: Record<string, unknown> = {}
  const secrets: Record<string, string> = {}
  for (const [key, value] of Object.entries(flat)) {
    if (value === '' || value === null || value === undefined) continue
    if ((FREE_TEXT_FIELDS as readonly string[]).includes(key)) continue
    const isSecret = Object.hasOwn(descriptor.secrets.shape, key)
    const shape = isSecret ? descriptor.secrets.shape : descriptor.config.shape
    const schema = Object.hasOwn(shape, key) ? shape[key] : undefined
    if (schema === undefined) {
      problems.push({ field: `config.${key}`, message: 'This field is not known here; remove it or correct its name.' })
      continue
    }
    const parsed = z.safeParse(schema, value, { error: fieldMessage })
    if (!parsed.success)
      problems.push({ field: `config.${key}`, message: parsed.error.issues[0]?.message ?? 'Not valid.' })
    else if (isSecret) secrets[key] = String(parsed.data)
    else config[key] = parsed.data
  }
  if (problems.length === 0) return { config, secrets }
  throw new HoldfastError('invalid_input', problems.map((p) => `${p.field}: ${p.message}`).join(' '), {
    fields: problems,
  })
}
