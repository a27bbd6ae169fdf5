import type { Permission } from '@/lib/auth/permissions'
import { permissionsOf } from '@/lib/auth/permissions'
import { HoldfastError } from '@/lib/errors'
import type { Role } from '@/lib/users/schema'

/** Who asks. Every service takes one as its first argument and decides by it. */
export interface Actor {
  kind: 'user' | 'token' | 'system' | 'anonymous'
  /** Id of the user or token; for `system` the name of the part that acts. */
  id: string
  /** For people: shown in the audit and in operations. */
  name: string
  role: Role | null
  permissions: ReadonlySet<Permission>
  sessionId?: string
  /** A second factor is required of them, and they have none: until it is set up they may do nothing else. */
  mustEnrol?: boolean
  /** Of a token: the user in whose name it acts; without one it was made on the machine itself. */
  ownerId?: string
  /** When what this actor came with ends; nothing that it makes in its own place lasts longer. */
  expiresAt?: Date
  /** Of the HTTP request that this actor's call belongs to. */
  requestId?: string
  address?: string
}

const NOTHING: ReadonlySet<Permission> = new Set()

export const ANONYMOUS: Actor = {
  kind: 'anonymous',
  id: 'anonymous',
  name: 'anonymous',
  role: null,
  permissions: NOTHING,
}

/** A part of Holdfast that acts by itself, such as the command line on this machine: it has all permissions. */
export function systemActor(name: string): Actor {
  return { kind: 'system', id: name, name, role: 'admin', permissions: permissionsOf('admin') }
}

/** Throws `unauthenticated` or `forbidden`. The last word on every call is here, not in a route or a page. */
export function authorize(actor: Actor, permission: Permission): void {
  if (actor.permissions.has(permission)) return
  if (actor.kind === 'anonymous') throw new HoldfastError('unauthenticated', 'You are not signed in.')
  if (actor.mustEnrol) {
    throw new HoldfastError('forbidden', 'A second factor is required here, and you have none yet.', {
      recovery: 'Open the console, and set up codes of an app or a passkey.',
    })
  }
  throw new HoldfastError('forbidden', `${subject(actor)} may not do this (${permission}).`)
}

function subject(actor: Actor): string {
  return actor.kind === 'token' ? `The API token "${actor.name}"` : `The role ${actor.role}`
}
