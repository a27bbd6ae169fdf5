import type { Db } from '@/lib/db/client'
import * as repository from '@/lib/users/repository'
import type { Role } from '@/lib/users/schema'

export type { Identity } from '@/lib/users/repository'

/** What sign-in needs of a user; it never leaves the server. */
export function findCredentials(username: string) {
  return repository.findByUsername(username)
}

export function findByIdentity(tx: Db, identity: repository.Identity) {
  return repository.findByIdentity(tx, identity)
}

/**
 * The role that the identity provider gives now. It may take the last administrator's: who may do what is decided there, and
 * `holdfast admin create` makes another administrator.
 */
export async function replaceRole(tx: Db, userId: string, role: Role): Promise<void> {
  await repository.lockAdministrators(tx)
  await repository.update(tx, userId, { role })
}

/** Notes that somebody has come in by this password. False when it is not theirs any more, or they may not come in. */
export function noteSignInBy(tx: Db, password: { id: string; passwordHash: string }, at: Date): Promise<boolean> {
  return repository.updateLastSignInBy(tx, password, at)
}

export function noteSignIn(userId: string, at: Date): Promise<void> {
  return repository.updateLastSignIn(userId, at)
}
