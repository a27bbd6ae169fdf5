import 'server-only'
import { type Actor, ANONYMOUS } from '@/lib/auth/actor'
import { sessionIdOf } from '@/lib/auth/session-cookie'
import { actorOfSession } from '@/lib/auth/sessions'
import type { Env } from '@/lib/env'
import { HoldfastError } from '@/lib/errors'
import { actorOfToken, actorOfTokenId } from '@/lib/users/tokens'

/** The same person or token with what they may do now; null when they may not come in any more. */
export async function actorNow(actor: Actor): Promise<Actor | null> {
  if (actor.kind === 'token') return actorOfTokenId(actor.id)
  if (actor.kind === 'user') return actor.sessionId === undefined ? null : actorOfSession(actor.sessionId)
  return actor
}

export interface Authentication {
  actor: Actor
  via: 'token' | 'cookie' | 'none'
}

/**
 * Who sent this. A bearer token that is not good is refused (`unauthenticated`) instead of being read as nobody; a cookie
 * that is not good is nobody.
 */
export async function authenticate(
  headers: Headers,
  env: Pick<Env, 'publicUrl' | 'stateDir' | 'authSecret'>,
): Promise<Authentication> {
  const authorization = headers.get('authorization')
  if (authorization !== null) {
    const token = /^Bearer\s+(hf_[A-Za-z0-9_-]{43})\s*$/i.exec(authorization)?.[1]
    const actor = token === undefined ? null : await actorOfToken(token)
    if (!actor) throw new HoldfastError('unauthenticated', 'The API token is not valid, has expired or was revoked.')
    return { actor, via: 'token' }
  }
  const sessionId = await sessionIdOf(headers.get('cookie'), env)
  const actor = sessionId === undefined ? null : await actorOfSession(sessionId)
  return actor ? { actor, via: 'cookie' } : { actor: ANONYMOUS, via: 'none' }
}
