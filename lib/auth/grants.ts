import type { Actor } from '@/lib/auth/actor'
import { permissionsOf } from '@/lib/auth/permissions'
import { HoldfastError } from '@/lib/errors'
import type { Role } from '@/lib/users/schema'

/**
 * Nobody gives more than they have, and nobody changes somebody who may do more: a new password is as good as the role behind it.
 * Throws `forbidden` with the first permission that is missing.
 */
export function requireHeld(actor: Actor, role: Role, scopes: readonly string[] | null = null): void {
  const missing = [...permissionsOf(role, scopes)].find((permission) => !actor.permissions.has(permission))
  if (missing === undefined) return
  const who = actor.kind === 'token' ? `The API token "${actor.name}"` : 'You'
  throw new HoldfastError(
    'forbidden',
    `${who} may not give, change or take the role ${role}, which may do more (${missing}). Somebody who has that permission can.`,
  )
}
