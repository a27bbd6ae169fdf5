import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { forgetActors } from '@/lib/auth/actor-cache'
import { requireHeld } from '@/lib/auth/grants'
import { hashPassword, NO_PASSWORD } from '@/lib/auth/passwords'
import { revokeSessionsOf } from '@/lib/auth/repository'
import { IDLE_MS } from '@/lib/auth/sessions'
import type { Db } from '@/lib/db/client'
import { conflictOn } from '@/lib/db/conflict'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { newId } from '@/lib/ids'
import { CHANGE_OWN, requireOther, requireOwnPassword } from '@/lib/users/own-password'
import { countPasskeys } from '@/lib/users/passkey-repository'
import * as repository from '@/lib/users/repository'
import type { CreateUser, UpdateUser, UserView } from '@/lib/users/schema'
import { findUsersWithTotp } from '@/lib/users/second-factor-repository'
import { revokeOf as revokeTokensOf } from '@/lib/users/token-repository'

export async function listUsers(actor: Actor): Promise<{ data: UserView[]; total: number }> {
  authorize(actor, 'users.admin')
  const [rows, known] = await Promise.all([repository.findAll(), besides()])
  return { data: rows.map((row) => viewOf(row, known)), total: rows.length }
}

export async function getUser(actor: Actor, id: string): Promise<UserView> {
  authorize(actor, 'users.admin')
  const [row, known] = await Promise.all([repository.findById(id), besides()])
  if (!row) throw notFound()
  return viewOf(row, known)
}

/** Throws `conflict` when the name is taken, and `forbidden` for a role that may do more than the actor. */
export async function createUser(actor: Actor, given: CreateUser): Promise<UserView> {
  authorize(actor, 'users.admin')
  const passwordHash = await hashPassword(given.password)
  return inTransaction((tx) => insertUser(tx, actor, { ...given, passwordHash }))
}

/**
 * The row and its audit entry. The caller has authorised it: an administrator, the setup link, single sign-on, or the command line.
 * Throws `forbidden` for a role that may do more than the actor.
 */
export async function insertUser(
  tx: Db,
  actor: Actor,
  given: Omit<CreateUser, 'password'> & { passwordHash: string; identity?: repository.Identity },
): Promise<UserView> {
  requireHeld(actor, given.role)
  const row = await conflictOn(
    () =>
      repository.insert(tx, {
        id: newId('user'),
        username: given.username,
        displayName: given.display_name || null,
        passwordHash: given.passwordHash,
        role: given.role,
        ...given.identity,
      }),
    () => `User '${given.username}' already exists`,
  )
  await recordAudit(tx, actor, {
    action: 'user.created',
    target: { kind: 'user', id: row.id, name: row.username },
    change: { role: row.role },
  })
  return viewOf(row, { sessions: new Map(), totp: new Set(), passkeys: new Map() })
}

/**
 * A new role, a new password or disabling ends all sessions of that user, and the link to a new password. Nobody changes a user who
 * may do more than they, or makes somebody one (`forbidden`). The last usable administrator keeps the role and stays enabled
 * (`conflict`), and nobody sets their own password here, where the current one is not asked for (`conflict`).
 */
export async function updateUser(actor: Actor, id: string, given: UpdateUser): Promise<UserView> {
  authorize(actor, 'users.admin')
  if (given.password !== undefined) requireOther(actor, id, CHANGE_OWN)
  const passwordHash = given.password === undefined ? undefined : await hashPassword(given.password)
  const row = await inTransaction(async (tx) => {
    await repository.lockAdministrators(tx)
    const before = await repository.findById(id, tx)
    if (!before) throw notFound()
    requireHeld(actor, before.role)
    if (given.role !== undefined) requireHeld(actor, given.role)
    if (before.oidcSubject !== null) requireOwnToHoldfast(before, given)
    const isDisabled = given.disabled ?? before.disabledAt !== null
    const role = given.role ?? before.role
    const after = await repository.update(tx, id, {
      ...(given.display_name === undefined ? {} : { displayName: given.display_name || null }),
      ...(passwordHash === undefined ? {} : { passwordHash }),
      role,
      disabledAt: isDisabled ? (before.disabledAt ?? new Date()) : null,
    })
    await requireAdministrator(tx)
    const isLocked = isDisabled && before.disabledAt === null
    if (role !== before.role || isLocked || passwordHash !== undefined) {
      await revokeSessionsOf(tx, id, new Date())
      await repository.removeResetLink(tx, id)
    }
    await recordAudit(tx, actor, {
      action: 'user.updated',
      target: { kind: 'user', id, name: before.username },
      change: {
        before: { role: before.role, disabled: before.disabledAt !== null, display_name: before.displayName },
        after: { role: after.role, disabled: after.disabledAt !== null, display_name: after.displayName },
        ...(passwordHash === undefined ? {} : { password: 'changed' }),
      },
    })
    return after
  })
  forgetActors()
  publishChanged('user', id)
  return viewOf(row, await besides())
}

export async function deleteUser(actor: Actor, id: string): Promise<void> {
  authorize(actor, 'users.admin')
  await inTransaction(async (tx) => {
    await repository.lockAdministrators(tx)
    const row = await repository.findById(id, tx)
    if (!row) throw notFound()
    requireHeld(actor, row.role)
    await repository.remove(tx, id)
    await revokeTokensOf(tx, id, new Date())
    await requireAdministrator(tx)
    await recordAudit(tx, actor, { action: 'user.deleted', target: { kind: 'user', id, name: row.username } })
  })
  forgetActors()
  publishChanged('user', id)
}

/** Ends every session of a user, as an administrator. */
export async function revokeUserSessions(actor: Actor, id: string): Promise<{ revoked: number }> {
  authorize(actor, 'users.admin')
  const revoked = await inTransaction(async (tx) => {
    const row = await repository.findById(id, tx)
    if (!row) throw notFound()
    requireHeld(actor, row.role)
    const count = await revokeSessionsOf(tx, id, new Date())
    await recordAudit(tx, actor, {
      action: 'user.sessions_revoked',
      target: { kind: 'user', id, name: row.username },
      change: { sessions: count },
    })
    return count
  })
  forgetActors()
  publishChanged('user', id)
  return { revoked }
}

/** One's own password. All other sessions of this user end. Guesses of the current one are counted (`rate_limited`). */
export async function changeOwnPassword(
  actor: Actor,
  given: { current_password: string; new_password: string },
): Promise<void> {
  authorize(actor, 'account.own')
  await requireOwnPassword(actor, given.current_password)
  const passwordHash = await hashPassword(given.new_password)
  await inTransaction(async (tx) => {
    await repository.update(tx, actor.id, { passwordHash })
    await repository.removeResetLink(tx, actor.id)
    await revokeSessionsOf(tx, actor.id, new Date(), actor.sessionId)
    await recordAudit(tx, actor, {
      action: 'user.password_changed',
      target: { kind: 'user', id: actor.id, name: actor.name },
    })
  })
  forgetActors()
}

/** False for API tokens, and for people who sign in by single sign-on. */
export async function hasOwnPassword(actor: Actor): Promise<boolean> {
  authorize(actor, 'account.own')
  const stored = actor.kind === 'user' ? await repository.findPasswordHash(actor.id) : null
  return stored !== null && stored !== NO_PASSWORD
}

/** Password and role of somebody who signs in by single sign-on are the identity provider's. Throws `invalid_input`. */
function requireOwnToHoldfast(user: repository.UserRow, given: UpdateUser): void {
  const isNewRole = given.role !== undefined && given.role !== user.role
  const field = given.password !== undefined ? 'password' : isNewRole ? 'role' : undefined
  if (field === undefined) return
  const message = `${user.username} signs in by single sign-on: the ${field} is set at the identity provider.`
  throw new HoldfastError('invalid_input', message, { fields: [{ field, message }] })
}

/** Is there nobody yet? Then the console shows first-run setup. */
export async function hasNoUsers(tx?: Db): Promise<boolean> {
  return (await repository.count(tx)) === 0
}

async function requireAdministrator(tx: Db): Promise<void> {
  if ((await repository.countUsableAdmins(tx)) > 0) return
  throw new HoldfastError('conflict', 'This is the last administrator; make another one first.')
}

/** What a view shows that is not in the user's own row. */
interface Besides {
  sessions: ReadonlyMap<string, number>
  totp: ReadonlySet<string>
  passkeys: ReadonlyMap<string, number>
}

async function besides(now = new Date()): Promise<Besides> {
  const [sessions, totp, passkeys] = await Promise.all([
    repository.countSessions(new Date(now.getTime() - IDLE_MS), now),
    findUsersWithTotp(),
    countPasskeys(),
  ])
  return { sessions, totp, passkeys }
}

function notFound(): HoldfastError {
  return new HoldfastError('not_found', 'User not found')
}

function viewOf(row: repository.UserRow, { sessions, totp, passkeys }: Besides): UserView {
  return {
    id: row.id,
    username: row.username,
    display_name: row.displayName,
    role: row.role,
    sign_in: row.oidcSubject === null ? 'password' : 'single_sign_on',
    disabled: row.disabledAt !== null,
    second_factor: totp.has(row.id),
    passkey_count: passkeys.get(row.id) ?? 0,
    last_sign_in_at: row.lastSignInAt?.toISOString() ?? null,
    session_count: sessions.get(row.id) ?? 0,
    created_at: row.createdAt.toISOString(),
  }
}
