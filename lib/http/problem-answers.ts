import { ERROR_CODES, type ErrorCode } from '@/lib/errors'
import type { RouteDeclaration } from '@/lib/http/define-route'

type Asked = Pick<RouteDeclaration, 'permission' | 'params' | 'body' | 'takesPlan' | 'mayRefuse'>

/** What the objects of a change may say to it, and the key that makes it safe to repeat. */
const OF_A_CHANGE: readonly ErrorCode[] = ['not_found', 'conflict', 'precondition_failed', 'idempotency_mismatch']

/**
 * The 4xx statuses that a route may answer with: what follows from its declaration, and what it names itself. Failures of Holdfast
 * or of a storage (5xx) can happen to every request.
 */
export function refusalsOf(method: string, declaration: Asked): number[] {
  const { permission, params, body, takesPlan, mayRefuse = [] } = declaration
  const isChange = method !== 'GET'
  const codes: ErrorCode[] = [
    'invalid_input',
    ...(permission === 'public' ? [] : (['unauthenticated', 'forbidden'] as const)),
    ...(params ? (['not_found'] as const) : []),
    // A browser of another origin may not change anything, signed in or not.
    ...(isChange ? ([...OF_A_CHANGE, 'forbidden'] as const) : []),
    ...(body ? (['unsupported_media_type', 'payload_too_large'] as const) : []),
    ...(takesPlan ? (['plan_outdated'] as const) : []),
    ...mayRefuse,
  ]
  return [...new Set(codes.map((code) => ERROR_CODES[code].status))].sort((a, b) => a - b)
}
