import type { ProblemValue } from '@/lib/drivers/problems/definition'
import type { HoldfastError } from '@/lib/errors'

/** How a problem travels and is kept: which one it is, what it is about, and what the tool said. Words are made of it when it is shown. */
export interface ProblemReport {
  problem?: string
  values?: Record<string, ProblemValue>
  said?: string
}

function isValues(value: unknown): value is Record<string, ProblemValue> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((one) => typeof one === 'string' || typeof one === 'number')
}

/** The report in an error, of this process or of a host; empty when it is none of the catalogue's. */
export function reportOf(error: HoldfastError): ProblemReport {
  const { problem, values, said } = error.details ?? {}
  if (typeof problem !== 'string') return {}
  return {
    problem,
    ...(isValues(values) ? { values } : {}),
    ...(typeof said === 'string' && said !== '' ? { said } : {}),
  }
}

/** A failure as a host tells it: code and sentence for whoever knows no more, and the report. */
export function toldError(error: HoldfastError): ProblemReport & { code: string; message: string } {
  return { code: error.code, message: error.message, ...reportOf(error) }
}
