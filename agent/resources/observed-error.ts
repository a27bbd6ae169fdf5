import type { ObservedMount } from '@/lib/agent-protocol/messages'
import { reportOf } from '@/lib/drivers/problems/report'
import type { HoldfastError } from '@/lib/errors'

/** A failure as it is shown with what it is about, until that is well again. */
export function observedError(error: HoldfastError): NonNullable<ObservedMount['error']> {
  return { code: error.code, message: error.message, ...reportOf(error) }
}
