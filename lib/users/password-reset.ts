import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize, systemActor } from '@/lib/auth/actor'
import { forgetActors } from '@/lib/auth/actor-cache'
import { claimAttempt, forgiveAttempt, forgiveFailures } from '@/lib/auth/attempts'
import { requireHeld } from '@/lib/auth/grants'
import { hashOpaqueToken, newOpaqueToken } from '@/lib/auth/opaque-token'
import { hashPassword } from '@/lib/auth/passwords'
import { revokeSessionsOf } from '@/lib/auth/repository'
import { inTransaction } from '@/lib/db/transaction'
import type { Env } from '@/lib/env'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { CHANGE_OWN, requireOther } from '@/lib/users/own-password'
import * as repository from '@/lib/users/repository'
import type { ResetLink, ResetPassword } from '@/lib/users/schema'

const LINK_LASTS_MS = 24 * 3_600_000

/**
 * A link with which this user may set a new password, once, within 24 hours. It ends the link before it. Throws `conflict` for
 * users who have no password here or are disabled and for oneself, and `forbidden` for those who may do more than the actor: the link is as good as
 * their role. The token is in the fragment, which browsers send to nobody.
 */
export async function createResetLink(
  actor: Actor,
  id: string,
  env: Pick<Env, 'publicUrl'>,
  now = new Date(),
): Promise<ResetLink> {
  authorize(actor, 'users.admin')
  requireOther(actor, id, CHANGE_OWN)
  const token = newOpaqueToken('hfr')
  const expiresAt = new Date(now.getTime() + LINK_LASTS_MS)
  await inTransaction(async (tx) => {
    const user = await repository.findById(id, tx)
    if (!user) throw new HoldfastError('not_found', 'User not found')
    requireHeld(actor, user.role)
    requirePassword(user)
    await repository.replaceResetLink(tx, id, hashOpaqueToken(token), expiresAt)
    await recordAudit(tx, actor, {
      action: 'user.reset_link_created',
      target: { kind: 'user', id, name: user.username },
      change: { expires_at: expiresAt.toISOString() },
    })
  })
  return { link: `${env.publicUrl}/reset-password#${token}`, expires_at: expiresAt.toISOString() }
}

function requirePassword(user: repository.UserRow): void {
  if (user.oidcSubject !== null) {
    throw new HoldfastError('conflict', `${user.username} signs in by single sign-on: there is no password here.`, {
      recovery: 'A password is set anew at the identity provider.',
    })
  }
  if (user.disabledAt !== null)
    throw new HoldfastError('conflict', `${user.username} is disabled; enable the user first.`)
}

/**
 * Sets the password of whoever the link is for. All sessions of that user end; API tokens and the second factor stay. A link that
 * is used, replaced, too old or made up is refused with the same words (`forbidden`), and tries are counted (`rate_limited`).
 */
export async function resetPassword(actor: Actor, given: ResetPassword, now = new Date()): Promise<void> {
  const tokenHash = hashOpaqueToken(given.token)
  const attempt = await claimAttempt(`reset link ${tokenHash}`, { address: actor.address }, now)
  // Before the hash is made: strangers must not be able to have us work.
  if (!(await repository.findResetLink(tokenHash, now))) throw notValid()
  const passwordHash = await hashPassword(given.password)
  const user = await inTransaction(async (tx) => {
    const link = await repository.findResetLink(tokenHash, now, tx)
    if (!link || !(await repository.takeResetLink(tx, tokenHash))) throw notValid()
    await repository.update(tx, link.user.id, { passwordHash })
    const sessions = await revokeSessionsOf(tx, link.user.id, now)
    const by = { ...systemActor('reset link'), ...(actor.requestId ? { requestId: actor.requestId } : {}) }
    await recordAudit(tx, by, {
      action: 'user.password_reset',
      target: { kind: 'user', id: link.user.id, name: link.user.username },
      change: { sessions, address: actor.address ?? null },
    })
    return link.user
  })
  forgetActors()
  publishChanged('user', user.id)
  await forgiveAttempt(attempt)
  await forgiveFailures(user.username, actor.address)
}

function notValid(): HoldfastError {
  return new HoldfastError('forbidden', 'This link is not valid any more, or was never one.', {
    recovery: 'Ask an administrator for a new link: each works once, for 24 hours, and a new one ends the one before.',
  })
}
