import { joinValues, splitValues } from '@/lib/comma-list'
import { OPERATION_TITLES, OperationStatus } from '@/lib/operations/schema'

/** What the address of the list asks the API for; values that there are not are left out. */
export function operationFilter(parameters: URLSearchParams): { status?: OperationStatus[]; kind?: string[] } {
  const asked = (name: string) => splitValues(parameters.get(name) ?? '')
  const status = OperationStatus.options.filter((value) => asked('status').includes(value))
  const kind = Object.keys(OPERATION_TITLES).filter((value) => asked('kind').includes(value))
  return { ...(status.length > 0 ? { status } : {}), ...(kind.length > 0 ? { kind } : {}) }
}

/** As parameters of the API. */
export function operationParameters(parameters: URLSearchParams): Record<string, string> {
  const { status, kind } = operationFilter(parameters)
  return { ...(status ? { status: joinValues(status) } : {}), ...(kind ? { kind: joinValues(kind) } : {}) }
}
