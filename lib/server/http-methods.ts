import { HoldfastError } from '@/lib/errors'

/** Null for a method that is used behind this listener. */
export function refusedMethod(method: string | undefined, allowed: readonly string[]): HoldfastError | null {
  return method !== undefined && allowed.includes(method) ? null : methodNotUsed(allowed)
}

/** The refusal of a method that is used nowhere behind this listener. `details.allow` names those that are. */
export function methodNotUsed(allowed: readonly string[]): HoldfastError {
  const named = allowed.join(', ')
  return new HoldfastError('method_not_allowed', `This method is not used here; use one of ${named}.`, {
    details: { allow: named },
  })
}

/** The Allow header of a refused method; nothing for other errors. */
export function allowHeader(error: HoldfastError): { allow?: string } {
  const allow = error.code === 'method_not_allowed' ? error.details?.allow : undefined
  return typeof allow === 'string' ? { allow } : {}
}
