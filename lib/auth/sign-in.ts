import 'server-only'
import { createHash } from 'node:crypto'
import { recordAudit } from '@/lib/audit/service'
import { ANONYMOUS } from '@/lib/auth/actor'
import { spendTime, verifyPassword } from '@/lib/auth/passwords'
import * as repository from '@/lib/auth/repository'
import type { SignedIn } from '@/lib/auth/sessions'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { findCredentials, noteSignIn } from '@/lib/users/credentials'
import { Username } from '@/lib/users/schema'

const WINDOW_MS = 15 * 60_000
/** Failed sign-ins per account in the window; an unknown account counts like a known one. */
export const TRIES_PER_ACCOUNT = 5
/** Failed sign-ins per address in the window: many people may sit behind one address. */
export const TRIES_PER_ADDRESS = 30

export interface Credentials {
  username: string
  password: string
  address?: string | undefined
}

/**
 * The user whose password this is, or null: for an unknown account, a wrong password and a disabled account alike, after the
 * same time. Throws `rate_limited` with `retry_after` in seconds.
 */
export async function checkCredentials(given: Credentials, now = new Date()): Promise<SignedIn | null> {
  const username = Username.safeParse(given.username)
  const name = username.success ? username.data : given.username.trim().toLowerCase()
  const attempts = await claimAttempt(name, given.address, now)
  const user = username.success ? await findCredentials(username.data) : null
  const password = given.password.slice(0, 1024)
  const isRight = user ? await verifyPassword(password, user.passwordHash) : await spendTime(password).then(() => false)
  if (!user || !isRight || user.disabledAt !== null) {
    if (user) await auditRefusal(user)
    return null
  }
  await repository.forgiveAttempts(attempts.ids, attempts.accountKey)
  await noteSignIn(user.id, now)
  return { id: user.id, username: user.username, role: user.role }
}

/** Counted before the password or the claims are looked at, so that many tries at once cannot all slip through. */
export async function claimAttempt(
  account: string,
  address: string | undefined,
  now: Date,
): Promise<{ ids: number[]; accountKey: string }> {
  const since = new Date(now.getTime() - WINDOW_MS)
  // Hashed: people type passwords into the wrong box.
  const accountKey = `account:${createHash('sha256').update(account).digest('hex')}`
  const claims = [
    { key: accountKey, limit: TRIES_PER_ACCOUNT },
    ...(address === undefined ? [] : [{ key: `address:${address}`, limit: TRIES_PER_ADDRESS }]),
  ]
  const ids: number[] = []
  for (const { key, limit } of claims) {
    ids.push(await repository.insertAttempt(key, now))
    const failures = await repository.findFailures(key, since, limit + 1)
    if (failures.length > limit) {
      await repository.deleteAttempts(ids)
      throw tooMany(failures[0]?.at ?? now, now)
    }
  }
  return { ids, accountKey }
}

function tooMany(oldest: Date, now: Date): HoldfastError {
  const seconds = Math.max(1, Math.ceil((oldest.getTime() + WINDOW_MS - now.getTime()) / 1000))
  const minutes = Math.ceil(seconds / 60)
  return new HoldfastError('rate_limited', `Too many failed sign-ins. Try again in ${minutes} min.`, {
    details: { retry_after: seconds },
  })
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
