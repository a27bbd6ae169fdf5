import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import type { Actor } from '@/lib/auth/actor'
import { claimAttempt, forgiveAttempt } from '@/lib/auth/attempts'
import { NO_PASSWORD, verifyPassword } from '@/lib/auth/passwords'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import * as repository from '@/lib/users/repository'

/**
 * Asks somebody who is signed in for their password again. Guesses are counted (`rate_limited`) and audited. Throws `forbidden` for
 * those who have none here, and `invalid_input` for a wrong one.
 */
export async function requireOwnPassword(actor: Actor, given: string): Promise<void> {
  const stored = await ownPassword(actor)
  const attempt = await claimAttempt(actor.name, { address: actor.address, session: actor.sessionId }, new Date())
  if (!(await verifyPassword(given, stored))) {
    await inTransaction((tx) =>
      recordAudit(tx, actor, {
        action: 'user.password_refused',
        result: 'failure',
        target: { kind: 'user', id: actor.id, name: actor.name },
      }),
    )
    throw new HoldfastError('invalid_input', 'current_password: This is not your current password.', {
      fields: [{ field: 'current_password', message: 'This is not your current password.' }],
    })
  }
  await forgiveAttempt(attempt)
}

/** The hash. Throws `forbidden` for API tokens, and for people who sign in by single sign-on. */
export async function ownPassword(actor: Actor): Promise<string> {
  const stored = actor.kind === 'user' ? await repository.findPasswordHash(actor.id) : null
  if (stored === null) throw new HoldfastError('forbidden', 'Only a signed-in user has a password.')
  if (stored === NO_PASSWORD) {
    throw new HoldfastError('forbidden', 'You sign in by single sign-on: there is no password.')
  }
  return stored
}

/** What to do instead of setting one's own password as an administrator. */
export const CHANGE_OWN = 'Change your own password in the settings of your account; that asks for the current one.'

/**
 * An administrator does this for others: for themselves it would need no password, only an open session, or a token that was made in
 * one. Throws `conflict`.
 */
export function requireOther(actor: Actor, userId: string, recovery: string): void {
  if (actor.id !== userId && actor.ownerId !== userId) return
  throw new HoldfastError('conflict', 'You cannot do this for yourself.', { recovery })
}
