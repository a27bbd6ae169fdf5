import 'server-only'
import { randomBytes } from 'node:crypto'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { forgetActors } from '@/lib/auth/actor-cache'
import { requireHeld } from '@/lib/auth/grants'
import { hashOpaqueToken } from '@/lib/auth/opaque-token'
import { revokeSessionsOf } from '@/lib/auth/repository'
import { matchingStep, newTotpSecret, otpauthUri } from '@/lib/auth/totp'
import { openForWeb, sealForWeb } from '@/lib/auth/web-seal'
import { badField } from '@/lib/bad-field'
import { currentEnv } from '@/lib/current-env'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { reveal, Secret } from '@/lib/secret'
import { ownPassword, requireOther, requireOwnPassword } from '@/lib/users/own-password'
import { removePasskeysOf } from '@/lib/users/passkey-repository'
import { findById } from '@/lib/users/repository'
import * as repository from '@/lib/users/second-factor-repository'
import type { RecoveryCodes, RemoveFactor, SecondFactorView, TotpSetup } from '@/lib/users/second-factor-schema'
import { requireOwner } from '@/lib/users/second-step'

const RECOVERY_CODES = 10

export async function ownSecondFactor(actor: Actor): Promise<SecondFactorView> {
  authorize(actor, 'account.own')
  const [totp, left] = await Promise.all([repository.findTotp(actor.id), repository.countRecoveryCodes(actor.id)])
  return { totp_since: totp?.confirmedAt?.toISOString() ?? null, recovery_codes_left: left }
}

/**
 * A new secret for an app. Nothing changes at sign-in until a first code of it is confirmed. Throws `conflict` while another one is in
 * use, `forbidden` for people without a password here, and what `requireOwnPassword` throws.
 */
export async function beginTotp(
  actor: Actor,
  given: { current_password: string },
  now = new Date(),
): Promise<TotpSetup> {
  authorize(actor, 'account.own')
  await requireOwnPassword(actor, given.current_password)
  const env = currentEnv()
  const secret = newTotpSecret()
  const sealed = await sealForWeb(env, new Secret(secret), actor.id)
  const isBegun = await inTransaction((tx) => repository.replaceUnconfirmedTotp(tx, actor.id, sealed, now))
  if (!isBegun) throw new HoldfastError('conflict', 'Codes of an app are asked for already; remove that app first.')
  return { secret, uri: otpauthUri(secret, actor.name, new URL(env.publicUrl).host) }
}

/**
 * The app shows the right codes: from now on they are asked for at sign-in. All other sessions of this user end. The recovery codes are
 * in this answer alone. Throws `invalid_input` for a wrong code, `conflict` where nothing was begun.
 */
export async function confirmTotp(actor: Actor, given: { code: string }, now = new Date()): Promise<RecoveryCodes> {
  authorize(actor, 'account.own')
  await ownPassword(actor)
  const totp = await repository.findTotp(actor.id)
  if (!totp || totp.confirmedAt !== null) throw notBegun()
  const secret = await openForWeb(currentEnv(), totp.sealedSecret, actor.id)
  const step = matchingStep(reveal(secret), given.code.replace(/\s/g, ''), now, 0)
  if (step === undefined) {
    const message = 'This is not the code of that secret. Look at the clock of the phone, and try the next one.'
    throw badField('code', message)
  }
  const codes = newRecoveryCodes()
  await inTransaction(async (tx) => {
    if (!(await repository.confirmTotp(tx, actor.id, totp.sealedSecret, step, now))) throw notBegun()
    await repository.replaceRecoveryCodes(tx, actor.id, codes.map(hashOpaqueToken))
    await revokeSessionsOf(tx, actor.id, now, actor.sessionId)
    await recordAudit(tx, actor, { action: 'user.totp_enabled', target: own(actor) })
  })
  changed(actor.id)
  return { recovery_codes: codes }
}

/** Ten new ones; the earlier ones are good for nothing any more. */
export async function renewRecoveryCodes(actor: Actor, given: { current_password: string }): Promise<RecoveryCodes> {
  authorize(actor, 'account.own')
  await requireOwnPassword(actor, given.current_password)
  const codes = newRecoveryCodes()
  await inTransaction(async (tx) => {
    if (!(await repository.findTotp(actor.id, tx))?.confirmedAt) throw notBegun()
    await repository.replaceRecoveryCodes(tx, actor.id, codes.map(hashOpaqueToken))
    await recordAudit(tx, actor, { action: 'user.recovery_codes_renewed', target: own(actor) })
  })
  return { recovery_codes: codes }
}

/** No code is asked for any more. The password or a code shows that it is the owner. */
export async function removeTotp(actor: Actor, given: RemoveFactor, now = new Date()): Promise<void> {
  authorize(actor, 'account.own')
  await requireOwner(actor, given, now)
  await inTransaction(async (tx) => {
    if (!(await repository.removeTotp(tx, actor.id))) throw notBegun()
    await recordAudit(tx, actor, { action: 'user.totp_removed', target: own(actor) })
  })
  changed(actor.id)
}

/**
 * For somebody who has lost their app or devices: codes and passkeys go, the password alone lets them in. Their sessions end. Throws
 * `conflict` for oneself: an open session alone must not take its owner's factors away.
 */
export async function resetSecondFactor(actor: Actor, id: string, now = new Date()): Promise<void> {
  authorize(actor, 'users.admin')
  requireOther(
    actor,
    id,
    'Remove your own codes and passkeys in the settings of your account; that asks for your password or a code.',
  )
  await inTransaction(async (tx) => {
    const user = await findById(id, tx)
    if (!user) throw new HoldfastError('not_found', 'User not found')
    requireHeld(actor, user.role)
    const hadTotp = await repository.removeTotp(tx, id)
    const passkeys = await removePasskeysOf(tx, id)
    if (!hadTotp && passkeys === 0) throw new HoldfastError('conflict', `${user.username} has no second factor.`)
    const sessions = await revokeSessionsOf(tx, id, now)
    await recordAudit(tx, actor, {
      action: 'user.second_factor_reset',
      target: { kind: 'user', id, name: user.username },
      change: { sessions, passkeys },
    })
  })
  changed(id)
}

function own(actor: Actor) {
  return { kind: 'user', id: actor.id, name: actor.name } as const
}

function changed(userId: string): void {
  forgetActors()
  publishChanged('user', userId)
}

function notBegun(): HoldfastError {
  return new HoldfastError('conflict', 'There is no app to do this with; set one up first.')
}

/** Without letters that look like digits. 80 random bits each, so that a plain hash is enough, as for an API token. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const text = [...randomBytes(16)].map((byte) => ALPHABET[byte & 31]).join('')
    return text.replace(/(.{4})(?=.)/g, '$1-')
  })
}
