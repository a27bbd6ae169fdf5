import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, ANONYMOUS } from '@/lib/auth/actor'
import { type Attempt, claimAttempt, claimCode, forgiveAttempt } from '@/lib/auth/attempts'
import { hashOpaqueToken } from '@/lib/auth/opaque-token'
import { matchingStep } from '@/lib/auth/totp'
import { openForWeb } from '@/lib/auth/web-seal'
import { badField } from '@/lib/bad-field'
import { currentEnv } from '@/lib/current-env'
import { inTransaction } from '@/lib/db/transaction'
import { reveal } from '@/lib/secret'
import { requireOwnPassword } from '@/lib/users/own-password'
import * as repository from '@/lib/users/second-factor-repository'
import type { RemoveFactor } from '@/lib/users/second-factor-schema'

export type CodeKind = 'code' | 'recovery code'

/** Whether a code is asked of this user besides the password. */
export async function asksForCode(userId: string): Promise<boolean> {
  return (await repository.findTotp(userId))?.confirmedAt != null
}

/**
 * Takes a code of the app or a recovery code, which is then good for nothing more; undefined when it is neither. Codes of an app are
 * counted for the whole account (`rate_limited`): six digits can be guessed by somebody who has the password. Recovery codes cannot,
 * so that the owner still gets in with one.
 */
export async function takeCode(
  user: { id: string; username: string },
  given: string,
  now: Date,
): Promise<CodeKind | undefined> {
  const code = given.replace(/[\s-]/g, '').toLowerCase()
  if (/^\d{6}$/.test(code)) return takeTotp(user.id, code, now)
  const isTaken = await inTransaction(async (tx) => {
    if (!(await repository.takeRecoveryCode(tx, user.id, hashOpaqueToken(asWritten(code))))) return false
    const by = { ...ANONYMOUS, kind: 'user', id: user.id, name: user.username } as const
    await recordAudit(tx, by, {
      action: 'user.recovery_code_used',
      target: { kind: 'user', id: user.id, name: user.username },
      change: { left: await repository.countRecoveryCodes(user.id, tx) },
    })
    return true
  })
  return isTaken ? 'recovery code' : undefined
}

async function takeTotp(userId: string, code: string, now: Date): Promise<CodeKind | undefined> {
  const attempt = await claimCode(userId, now)
  const totp = await repository.findTotp(userId)
  if (!totp?.confirmedAt) return undefined
  const secret = await openForWeb(currentEnv(), totp.sealedSecret, userId)
  const step = matchingStep(reveal(secret), code, now, totp.lastStep)
  if (step === undefined || !(await repository.takeStep(userId, step))) return undefined
  await forgiveAttempt(attempt)
  return 'code'
}

/** Read back what people make of `o`, `i` and `l`, which are in no recovery code. */
function asWritten(code: string): string {
  const text = code.replaceAll('o', '0').replace(/[il]/g, '1')
  return text.replace(/(.{4})(?=.)/g, '$1-')
}

/** Asks somebody who is signed in for a code. Guesses are counted as those of the password are. Throws `invalid_input`. */
async function requireCode(actor: Actor, code: string, now: Date): Promise<void> {
  const attempt: Attempt = await claimAttempt(actor.name, { address: actor.address, session: actor.sessionId }, now)
  if (await takeCode({ id: actor.id, username: actor.name }, code, now)) return forgiveAttempt(attempt)
  const message = 'This code is not right, or was used already.'
  throw badField('code', message)
}

/** Asks somebody who is signed in for their password or a code, before a factor of theirs goes. Throws as these do. */
export async function requireOwner(actor: Actor, given: RemoveFactor, now: Date): Promise<void> {
  if (given.code === undefined) await requireOwnPassword(actor, given.current_password ?? '')
  else await requireCode(actor, given.code, now)
}
