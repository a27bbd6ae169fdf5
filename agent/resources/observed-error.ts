import type { ObservedMount } from '@/lib/agent-protocol/messages'
import type { HoldfastError } from '@/lib/errors'

/** A failure as it is shown with what it is about, until that is well again. */
export function observedError(error: HoldfastError): NonNullable<ObservedMount['error']> {
  const problem = error.details?.problem
  return { code: error.code, message: error.message, ...(typeof problem === 'string' ? { problem } : {}) }
}
