import { HoldfastError } from '@/lib/errors'

/** What was asked for has something wrong in one field; the message says what, and what would be right. */
export function badField(field: string, message: string): HoldfastError {
  return new HoldfastError('invalid_input', `${field}: ${message}`, { fields: [{ field, message }] })
}
