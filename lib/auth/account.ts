import { type Actor, authorize } from '@/lib/auth/actor'
import type { AccountView } from '@/lib/users/schema'

export function accountOf(actor: Actor): AccountView {
  authorize(actor, 'account.own')
  return {
    kind: actor.kind === 'token' ? 'token' : 'user',
    id: actor.id,
    name: actor.name,
    role: actor.role ?? 'viewer',
    permissions: [...actor.permissions].sort(),
  }
}
