import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { forgetActors, rememberActor } from '@/lib/auth/actor-cache'
import { permissionsOf } from '@/lib/auth/permissions'
import * as repository from '@/lib/auth/repository'
import { mustEnrol } from '@/lib/auth/sign-in-rules'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import type { Role, SessionView } from '@/lib/users/schema'

/** A session ends after this, however busy it is. */
export const ABSOLUTE_MS = 12 * 3_600_000
/** A session that is not used for this long has ended. */
export const IDLE_MS = 30 * 60_000
/** `lastSeenAt` is written at most this often. */
const TOUCH_MS = 60_000

export interface SignedIn {
  id: string
  username: string
  role: Role
  /** Does what has let them in hold still? Asked with the session in one transaction: a password may be changed meanwhile. */
  stillHolds?: (tx: Db) => Promise<boolean>
}

/** A new session for somebody who has just proved who they are; null when that does not hold any more. */
export async function createSession(
  user: SignedIn,
  from: {
    address?: string | undefined
    userAgent?: string | undefined
    requestId?: string | undefined
    /** How, where it was not the password alone. */
    via?: 'single sign-on' | 'password and code' | 'password and recovery code' | 'passkey' | undefined
  },
  now = new Date(),
): Promise<{ id: string; expiresAt: Date } | null> {
  const id = newId('session')
  const expiresAt = new Date(now.getTime() + ABSOLUTE_MS)
  return inTransaction(async (tx) => {
    if (user.stillHolds && !(await user.stillHolds(tx))) return null
    await repository.insertSession(tx, {
      id,
      userId: user.id,
      createdAt: now,
      lastSeenAt: now,
      expiresAt,
      revokedAt: null,
      address: from.address ?? null,
      userAgent: from.userAgent?.slice(0, 256) ?? null,
    })
    await recordAudit(tx, actorOf(user, id, from.requestId), {
      action: 'session.created',
      target: { kind: 'session', id, name: user.username },
      change: { address: from.address ?? null, via: from.via },
    })
    return { id, expiresAt }
  })
}

function actorOf(user: SignedIn, sessionId: string, requestId?: string): Actor {
  return {
    kind: 'user',
    id: user.id,
    name: user.username,
    role: user.role,
    permissions: permissionsOf(user.role),
    sessionId,
    ...(requestId === undefined ? {} : { requestId }),
  }
}

/** The actor of a live session; null when it was revoked, ran out, or its user is gone or disabled. */
export function actorOfSession(sessionId: string): Promise<Actor | null> {
  return rememberActor(`session:${sessionId}`, () => loadActor(sessionId, new Date()))
}

/** Enough to set up what is required, and to sign out. */
const ONLY_ACCOUNT = permissionsOf('viewer', ['account.own'])

async function loadActor(sessionId: string, now: Date): Promise<Actor | null> {
  const session = await repository.findSessionWithUser(sessionId)
  if (!session || session.revokedAt !== null || session.user.disabledAt !== null) return null
  const idleFor = now.getTime() - session.lastSeenAt.getTime()
  if (session.expiresAt <= now || idleFor > IDLE_MS) return null
  if (idleFor > TOUCH_MS) await repository.touchSession(sessionId, now)
  const actor = actorOf(session.user, sessionId)
  if (!(await mustEnrol(session.user))) return actor
  return { ...actor, permissions: ONLY_ACCOUNT, mustEnrol: true }
}

/** One's own sessions; the current one is marked. */
export async function listOwnSessions(actor: Actor, now = new Date()): Promise<SessionView[]> {
  authorize(actor, 'account.own')
  const rows = await repository.findLiveSessions(actor.id, now)
  return rows
    .filter((row) => now.getTime() - row.lastSeenAt.getTime() <= IDLE_MS)
    .map((row) => ({
      id: row.id,
      is_current: row.id === actor.sessionId,
      address: row.address,
      user_agent: row.userAgent,
      created_at: row.createdAt.toISOString(),
      last_seen_at: row.lastSeenAt.toISOString(),
      expires_at: row.expiresAt.toISOString(),
    }))
}

/** Ends one of one's own sessions; the next request with it is anonymous. */
export async function revokeOwnSession(actor: Actor, sessionId: string): Promise<void> {
  authorize(actor, 'account.own')
  await inTransaction(async (tx) => {
    if (!(await repository.revokeSession(tx, sessionId, actor.id, new Date()))) {
      throw new HoldfastError('not_found', 'Session not found')
    }
    await recordAudit(tx, actor, {
      action: 'session.revoked',
      target: { kind: 'session', id: sessionId, name: actor.name },
    })
  })
  forgetActors()
}

/** Signing out: ends the session whose cookie was shown. */
export async function endSession(sessionId: string): Promise<void> {
  const session = await repository.findSessionWithUser(sessionId)
  if (!session || session.revokedAt !== null) return
  await inTransaction(async (tx) => {
    if (!(await repository.revokeSession(tx, sessionId, session.userId, new Date()))) return
    await recordAudit(tx, actorOf(session.user, sessionId), {
      action: 'session.ended',
      target: { kind: 'session', id: sessionId, name: session.user.username },
    })
  })
  forgetActors()
}
