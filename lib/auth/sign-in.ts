import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { ANONYMOUS } from '@/lib/auth/actor'
import { claimAttempt, forgiveAttempt, withdrawAttempt } from '@/lib/auth/attempts'
import { spendTime, verifyPassword } from '@/lib/auth/passwords'
import type { SignedIn } from '@/lib/auth/sessions'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { findCredentials, noteSignInBy } from '@/lib/users/credentials'
import { Username } from '@/lib/users/schema'
import { asksForCode, type CodeKind, takeCode } from '@/lib/users/second-step'

export interface Credentials {
  username: string
  password: string
  /** Of the second step: a code of the user's app, or a recovery code. */
  code?: string | undefined
  address?: string | undefined
  /** Of a browser that is known for this account. */
  device?: string | undefined
}

/** The account that a typed user name means; it need not exist. */
export function accountOf(username: string): string {
  const parsed = Username.safeParse(username)
  return parsed.success ? parsed.data : username.trim().toLowerCase()
}

/** With what somebody has come in besides the password. */
export type ByPassword = SignedIn & { second?: CodeKind }

/**
 * The user whose password this is, or null: for an unknown account, a wrong password and a disabled account alike, after the
 * same time. Whoever has a second factor, and has given no code or a wrong one, is refused with `unauthenticated` and
 * `details.second_factor`: `needed` or `wrong`. Throws `rate_limited` with `retry_after` in seconds, before anything is looked at.
 */
export async function checkCredentials(given: Credentials, now = new Date()): Promise<ByPassword | null> {
  const username = Username.safeParse(given.username)
  const attempt = await claimAttempt(accountOf(given.username), given, now)
  const user = username.success ? await findCredentials(username.data) : null
  const password = given.password.slice(0, 1024)
  const isRight = user ? await verifyPassword(password, user.passwordHash) : await spendTime(password).then(() => false)
  if (!user || !isRight || user.disabledAt !== null) {
    if (user) await auditRefusal(user)
    return null
  }
  let second: CodeKind | undefined
  if (await asksForCode(user.id)) {
    if (!given.code) {
      // The password alone forgives nothing: else it would give new tries for codes each time.
      await withdrawAttempt(attempt)
      throw secondFactor('needed', 'Give the code that your app shows.')
    }
    second = await takeCode(user, given.code, now)
    if (second === undefined) {
      await auditRefusal(user, 'code')
      throw secondFactor('wrong', 'This code is not right, or was used already.')
    }
  }
  await forgiveAttempt(attempt)
  const { id, username: name, role, passwordHash } = user
  const stillHolds = (tx: Db) => noteSignInBy(tx, { id, passwordHash }, now)
  return { id, username: name, role, stillHolds, ...(second ? { second } : {}) }
}

function secondFactor(what: 'needed' | 'wrong', message: string): HoldfastError {
  return new HoldfastError('unauthenticated', message, { details: { second_factor: what } })
}

async function auditRefusal(user: { id: string; username: string }, reason?: 'code'): Promise<void> {
  await inTransaction((tx) =>
    recordAudit(tx, ANONYMOUS, {
      action: 'session.refused',
      result: 'failure',
      target: { kind: 'user', id: user.id, name: user.username },
      ...(reason ? { change: { reason } } : {}),
    }),
  )
}
