import type { WireError } from '@/lib/agent-protocol/messages'
import { toldError } from '@/lib/drivers/problems/report'
import { HoldfastError, isErrorCode, toHoldfastError } from '@/lib/errors'

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

/** The host's own error, as this side throws it; a problem of the catalogue is in its details. */
export function fromWireError({ problem, values, said, ...wire }: WireError): HoldfastError {
  const report = { ...(values === undefined ? {} : { values }), ...(said === undefined ? {} : { said }) }
  const details = { ...wire.details, ...report, ...(problem === undefined ? {} : { problem }) }
  return new HoldfastError(isErrorCode(wire.code) ? wire.code : 'internal', wire.message, {
    ...(wire.fields ? { fields: wire.fields } : {}),
    ...(Object.keys(details).length > 0 ? { details } : {}),
  })
}
