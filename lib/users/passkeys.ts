import 'server-only'
import { createHash } from 'node:crypto'
import { generateRegistrationOptions, verifyRegistrationResponse } from '@simplewebauthn/server'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { forgetActors } from '@/lib/auth/actor-cache'
import { CHALLENGE_MS, challengeMadeAt, newChallenge } from '@/lib/auth/passkey-challenge'
import { passkeyPlace } from '@/lib/auth/passkey-place'
import { badField } from '@/lib/bad-field'
import { currentEnv } from '@/lib/current-env'
import { conflictOn } from '@/lib/db/conflict'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { claim } from '@/lib/http/idempotency-repository'
import { newId } from '@/lib/ids'
import { ownPassword, requireOwnPassword } from '@/lib/users/own-password'
import * as repository from '@/lib/users/passkey-repository'
import type { PasskeyView, RegisterPasskey } from '@/lib/users/passkey-schema'
import type { RemoveFactor } from '@/lib/users/second-factor-schema'
import { requireOwner } from '@/lib/users/second-step'

/** More than anybody has devices. */
const MAX_PASSKEYS = 20

/** What every device knows: EdDSA, ES256, RS256. The library's own list tries newer ones, which Node has on trial only. */
const ALGORITHMS = [-8, -7, -257]

/** Throws `conflict` where this console is not at an address that passkeys can belong to. */
export function requirePlace(): { rpId: string; origin: string } {
  const place = passkeyPlace(currentEnv().publicUrl)
  if (!('problem' in place)) return place
  throw new HoldfastError('conflict', place.problem, {
    recovery: 'Serve the console over HTTPS under a name, and set HOLDFAST_PUBLIC_URL to that address.',
  })
}

export async function listOwnPasskeys(actor: Actor): Promise<{ data: PasskeyView[]; total: number }> {
  authorize(actor, 'account.own')
  const rows = await repository.findPasskeysOf(actor.id)
  return { data: rows.map(viewOf), total: rows.length }
}

/**
 * What the browser is to ask a device for: a passkey that is found by itself at sign-in, and that asks who uses it. The answer is good
 * for this session alone. Throws what `requirePlace` and `requireOwnPassword` throw.
 */
export async function beginPasskey(actor: Actor, given: { current_password: string }, now = new Date()) {
  authorize(actor, 'account.own')
  await ownPassword(actor)
  const { rpId } = requirePlace()
  await requireOwnPassword(actor, given.current_password)
  const known = await repository.findPasskeysOf(actor.id)
  if (known.length >= MAX_PASSKEYS) throw tooMany()
  return generateRegistrationOptions({
    rpName: 'Holdfast',
    rpID: rpId,
    userName: actor.name,
    userID: Uint8Array.from(Buffer.from(actor.id)),
    challenge: newChallenge(currentEnv(), purposeOf(actor), now),
    timeout: CHALLENGE_MS,
    supportedAlgorithmIDs: ALGORITHMS,
    attestationType: 'none',
    excludeCredentials: known.map(({ credentialId, transports }) => ({
      id: credentialId,
      transports: transports.split(',').filter(Boolean),
    })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
}

/** Keeps the public half of a passkey that a device has just made. Throws `invalid_input` for an answer to something else. */
export async function registerPasskey(actor: Actor, given: RegisterPasskey, now = new Date()): Promise<PasskeyView> {
  authorize(actor, 'account.own')
  await ownPassword(actor)
  const made = await verify(actor, given.response, now)
  if ((await repository.findPasskeysOf(actor.id)).length >= MAX_PASSKEYS) throw tooMany()
  const row: repository.PasskeyRow = {
    id: newId('passkey'),
    userId: actor.id,
    name: given.name,
    credentialId: made.id,
    publicKey: Buffer.from(made.publicKey).toString('base64url'),
    counter: BigInt(made.counter),
    transports: (given.response.response.transports ?? []).join(','),
    createdAt: now,
    lastUsedAt: null,
    challengedAt: now,
  }
  await inTransaction(async (tx) => {
    await conflictOn(
      () => repository.insertPasskey(tx, row),
      () => 'This passkey is registered already.',
    )
    await recordAudit(tx, actor, {
      action: 'user.passkey_added',
      target: { kind: 'user', id: actor.id, name: actor.name },
      change: { passkey: row.name },
    })
  })
  forgetActors()
  publishChanged('user', actor.id)
  return viewOf(row)
}

/**
 * Whoever has that device does not get in with it any more; open sessions go on. The password or a code shows that it is the owner.
 * Throws `forbidden` for people without a password here, and what `requireOwner` throws.
 */
export async function removePasskey(actor: Actor, id: string, given: RemoveFactor, now = new Date()): Promise<void> {
  authorize(actor, 'account.own')
  await ownPassword(actor)
  if (!(await repository.findPasskeysOf(actor.id)).some((row) => row.id === id)) throw noSuch()
  await requireOwner(actor, given, now)
  await inTransaction(async (tx) => {
    const row = await repository.removePasskey(tx, actor.id, id)
    if (!row) throw noSuch()
    await recordAudit(tx, actor, {
      action: 'user.passkey_removed',
      target: { kind: 'user', id: actor.id, name: actor.name },
      change: { passkey: row.name },
    })
  })
  forgetActors()
  publishChanged('user', actor.id)
}

async function verify(actor: Actor, response: RegisterPasskey['response'], now: Date) {
  const { rpId, origin } = requirePlace()
  let answered = ''
  const verified = await verifyRegistrationResponse({
    response: response as Parameters<typeof verifyRegistrationResponse>[0]['response'],
    expectedChallenge: (challenge) => {
      answered = challenge
      return challengeMadeAt(currentEnv(), purposeOf(actor), challenge, now) !== undefined
    },
    expectedOrigin: origin,
    expectedRPID: rpId,
    requireUserVerification: true,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch(() => undefined)
  if (verified?.verified && (await takeChallenge(actor, answered, now))) return verified.registrationInfo.credential
  const message =
    'The device has answered something else than was asked, was asked before, or answers too late. Try again.'
  throw badField('response', message)
}

/** True for the first answer to a challenge, and for no other one: it makes one passkey. It is remembered for as long as it is good. */
function takeChallenge(actor: Actor, challenge: string, now: Date): Promise<boolean> {
  const key = createHash('sha256').update(`passkey challenge\n${challenge}`).digest('hex')
  return claim({ key, actorId: actor.id, requestHash: '', now, until: new Date(now.getTime() + CHALLENGE_MS) })
}

function purposeOf(actor: Actor): string {
  return `register ${actor.id} ${actor.sessionId ?? ''}`
}

function noSuch(): HoldfastError {
  return new HoldfastError('not_found', 'Passkey not found')
}

function tooMany(): HoldfastError {
  return new HoldfastError('conflict', `You have ${MAX_PASSKEYS} passkeys already; remove one first.`)
}

function viewOf(row: repository.PasskeyRow): PasskeyView {
  return {
    id: row.id,
    name: row.name,
    created_at: row.createdAt.toISOString(),
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
  }
}
