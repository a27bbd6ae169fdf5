import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { ANONYMOUS } from '@/lib/auth/actor'
import { claimAttempt, forgiveAttempt } from '@/lib/auth/attempts'
import { spendTime, verifyPassword } from '@/lib/auth/passwords'
import type { SignedIn } from '@/lib/auth/sessions'
import { inTransaction } from '@/lib/db/transaction'
import { findCredentials, noteSignIn } from '@/lib/users/credentials'
import { Username } from '@/lib/users/schema'

export interface Credentials {
  username: string
  password: string
  address?: string | undefined
  /** Of a browser that is known for this account. */
  device?: string | undefined
}

/** The account that a typed user name means; it need not exist. */
export function accountOf(username: string): string {
  const parsed = Username.safeParse(username)
  return parsed.success ? parsed.data : username.trim().toLowerCase()
}

/**
 * The user whose password this is, or null: for an unknown account, a wrong password and a disabled account alike, after the
 * same time. Throws `rate_limited` with `retry_after` in seconds.
 */
export async function checkCredentials(given: Credentials, now = new Date()): Promise<SignedIn | null> {
  const username = Username.safeParse(given.username)
  const attempt = await claimAttempt(accountOf(given.username), given, now)
  const user = username.success ? await findCredentials(username.data) : null
  const password = given.password.slice(0, 1024)
  const isRight = user ? await verifyPassword(password, user.passwordHash) : await spendTime(password).then(() => false)
  if (!user || !isRight || user.disabledAt !== null) {
    if (user) await auditRefusal(user)
    return null
  }
  await forgiveAttempt(attempt)
  await noteSignIn(user.id, now)
  return { id: user.id, username: user.username, role: user.role }
}

async function auditRefusal(user: { id: string; username: string }): Promise<void> {
  await inTransaction((tx) =>
    recordAudit(tx, ANONYMOUS, {
      action: 'session.refused',
      result: 'failure',
      target: { kind: 'user', id: user.id, name: user.username },
    }),
  )
}
