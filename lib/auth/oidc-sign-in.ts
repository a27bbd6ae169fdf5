import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { ANONYMOUS, systemActor } from '@/lib/auth/actor'
import { forgetActors } from '@/lib/auth/actor-cache'
import { claimAttempt, forgiveAttempt } from '@/lib/auth/attempts'
import { type Claims, displayNameOf, roleOf, usernameOf } from '@/lib/auth/oidc-claims'
import type { OidcSettings } from '@/lib/auth/oidc-settings'
import { NO_PASSWORD } from '@/lib/auth/passwords'
import { revokeSessionsOf } from '@/lib/auth/repository'
import type { SignedIn } from '@/lib/auth/sessions'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { findByIdentity, type Identity, noteSignIn, replaceRole } from '@/lib/users/credentials'
import type { Role } from '@/lib/users/schema'
import { hasNoUsers, insertUser } from '@/lib/users/service'

/** Why somebody whom the identity provider vouches for may not come in. The sign-in page has the words. */
export type Refusal =
  | 'OidcOtherIssuer'
  | 'OidcNotSetUp'
  | 'OidcNoRole'
  | 'OidcNoName'
  | 'OidcNameTaken'
  | 'OidcDisabled'

export interface Refused {
  refused: Refusal
  /** The user of that identity, when there is one. */
  user?: { id: string; username: string }
}

/**
 * The user whom checked claims mean: found by issuer and subject, made at the first sign-in, with the role that the claims give
 * now. Somebody who has lost every role loses their sessions too. Throws `rate_limited` after several refusals.
 */
export async function signInWithClaims(
  settings: OidcSettings,
  claims: Claims,
  address: string | undefined,
  now = new Date(),
): Promise<SignedIn | Refused> {
  const identity = { oidcIssuer: claims.iss.replace(/\/+$/, ''), oidcSubject: claims.sub }
  const attempt = await claimAttempt(`${identity.oidcIssuer} ${identity.oidcSubject}`, { address }, now)
  const outcome: SignedIn | Refused =
    identity.oidcIssuer === settings.issuer
      ? await admit(identity, claims, roleOf(claims, settings), now)
      : { refused: 'OidcOtherIssuer' }
  if ('refused' in outcome) {
    await auditRefusal(identity, claims, outcome)
    if (outcome.user) publishChanged('user', outcome.user.id)
    return outcome
  }
  await forgiveAttempt(attempt)
  await noteSignIn(outcome.id, now)
  publishChanged('user', outcome.id)
  return outcome
}

async function admit(identity: Identity, claims: Claims, role: Role | null, now: Date): Promise<SignedIn | Refused> {
  const attempt = () => inTransaction((tx) => findOrMake(tx, identity, claims, role, now))
  try {
    return await attempt().catch((error) => {
      // Two first sign-ins of one person at once: the other one has made the user by now.
      if (error instanceof HoldfastError && error.code === 'conflict') return attempt()
      throw error
    })
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'conflict') return { refused: 'OidcNameTaken' }
    throw error
  } finally {
    forgetActors()
  }
}

async function findOrMake(
  tx: Db,
  identity: Identity,
  claims: Claims,
  role: Role | null,
  now: Date,
): Promise<SignedIn | Refused> {
  const by = systemActor('single sign-on')
  const known = await findByIdentity(tx, identity)
  if (known?.disabledAt) return { refused: 'OidcDisabled', user: known }
  if (role === null) {
    if (known) await revokeSessionsOf(tx, known.id, now)
    return { refused: 'OidcNoRole', ...(known ? { user: known } : {}) }
  }
  if (!known) {
    // The first administrator is made with the setup link, whoever else can sign in.
    if (await hasNoUsers(tx)) return { refused: 'OidcNotSetUp' }
    const username = usernameOf(claims)
    if (username === null) return { refused: 'OidcNoName' }
    const display_name = displayNameOf(claims) ?? undefined
    const made = await insertUser(tx, by, { username, display_name, role, passwordHash: NO_PASSWORD, identity })
    return { id: made.id, username, role }
  }
  if (known.role !== role) {
    await replaceRole(tx, known.id, role)
    await revokeSessionsOf(tx, known.id, now)
    await recordAudit(tx, by, {
      action: 'user.updated',
      target: { kind: 'user', id: known.id, name: known.username },
      change: { before: { role: known.role }, after: { role } },
    })
  }
  return { id: known.id, username: known.username, role }
}

async function auditRefusal(identity: Identity, claims: Claims, { refused, user }: Refused): Promise<void> {
  await inTransaction((tx) =>
    recordAudit(tx, ANONYMOUS, {
      action: 'session.refused',
      result: 'failure',
      ...(user ? { target: { kind: 'user', id: user.id, name: user.username } } : {}),
      change: {
        via: 'single sign-on',
        reason: refused,
        issuer: identity.oidcIssuer.slice(0, 200),
        subject: identity.oidcSubject.slice(0, 200),
        name: usernameOf(claims),
      },
    }),
  )
}
