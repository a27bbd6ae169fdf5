import { z } from 'zod'
import { type ErrorCode, HoldfastError, isErrorCode } from '@/lib/errors'

/** A failure as the journal keeps it. */
export const StoredError = z.object({
  code: z
    .string()
    .refine(isErrorCode)
    .transform((code) => code as ErrorCode),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
})
export type StoredError = z.infer<typeof StoredError>

export function storable({ code, message, details }: HoldfastError): StoredError {
  return { code, message, ...(details === undefined ? {} : { details }) }
}

export function fromStored({ code, message, details }: StoredError): HoldfastError {
  return new HoldfastError(code, message, details === undefined ? {} : { details })
}
