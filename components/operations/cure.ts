import type { OperationView } from '@/lib/operations/schema'

type Failure = Pick<NonNullable<OperationView['error']>, 'code' | 'message' | 'recovery'>

/** What to do about a failure, unless its message says so already, as a host does that names the setting of its policy. */
export function cureOf({ code, message, recovery }: Failure): string | null {
  const isSaid = code === 'policy_denied' && /\b(allow\.networks|sourceRoots|agent\.json)\b/.test(message)
  return isSaid ? null : recovery
}
