import 'server-only'
import { generateAuthenticationOptions, verifyAuthenticationResponse } from '@simplewebauthn/server'
import { recordAudit } from '@/lib/audit/service'
import { ANONYMOUS } from '@/lib/auth/actor'
import { claimAttempt, forgiveAttempt } from '@/lib/auth/attempts'
import { CHALLENGE_MS, challengeMadeAt, newChallenge } from '@/lib/auth/passkey-challenge'
import type { SignedIn } from '@/lib/auth/sessions'
import { currentEnv } from '@/lib/current-env'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { noteSignIn } from '@/lib/users/credentials'
import { findPasskeyByCredential, isPasskeyThere, notePasskeyUse } from '@/lib/users/passkey-repository'
import { PasskeyAssertion } from '@/lib/users/passkey-schema'
import { requirePlace } from '@/lib/users/passkeys'

const PURPOSE = 'sign in'

/** What a browser is to ask for: any passkey of this place. It names none, so it tells nobody who has one. */
export function passkeyOptions(now = new Date()) {
  const { rpId } = requirePlace()
  return generateAuthenticationOptions({
    rpID: rpId,
    challenge: newChallenge(currentEnv(), PURPOSE, now),
    timeout: CHALLENGE_MS,
    userVerification: 'required',
  })
}

/**
 * Whose passkey has signed this, or null: for one that is not known, an answer that is not right, was given before or too late, and a
 * disabled user alike. The device has asked who uses it, so no code is asked for besides. Throws `rate_limited` with `retry_after`.
 */
export async function checkPasskey(
  answer: unknown,
  from: { address?: string | undefined },
  now = new Date(),
): Promise<SignedIn | null> {
  const parsed = PasskeyAssertion.safeParse(answer)
  const attempt = await claimAttempt(`passkey ${parsed.data?.id ?? ''}`, from, now)
  const passkey = parsed.success ? await findPasskeyByCredential(parsed.data.id) : null
  if (!parsed.success || !passkey) return null
  const { user } = passkey
  if (user.disabledAt !== null || !(await isRight(passkey, parsed.data, now))) {
    await inTransaction((tx) =>
      recordAudit(tx, ANONYMOUS, {
        action: 'session.refused',
        result: 'failure',
        target: { kind: 'user', id: user.id, name: user.username },
        change: { reason: 'passkey', passkey: passkey.name },
      }),
    )
    return null
  }
  await forgiveAttempt(attempt)
  await noteSignIn(user.id, now)
  const stillHolds = (tx: Db) => isPasskeyThere(tx, passkey.id, now)
  return { id: user.id, username: user.username, role: user.role, stillHolds }
}

type Passkey = NonNullable<Awaited<ReturnType<typeof findPasskeyByCredential>>>

async function isRight(passkey: Passkey, answer: PasskeyAssertion, now: Date): Promise<boolean> {
  const { rpId, origin } = requirePlace()
  const { userHandle } = answer.response
  // The device says whose it is: a key must not come in as somebody else.
  if (userHandle === undefined || Buffer.from(userHandle, 'base64url').toString() !== passkey.userId) return false
  let madeAt: Date | undefined
  const verified = await verifyAuthenticationResponse({
    response: answer as Parameters<typeof verifyAuthenticationResponse>[0]['response'],
    expectedChallenge: (challenge) => {
      madeAt = challengeMadeAt(currentEnv(), PURPOSE, challenge, now)
      return madeAt !== undefined
    },
    expectedOrigin: origin,
    expectedRPID: rpId,
    requireUserVerification: true,
    credential: {
      id: passkey.credentialId,
      publicKey: Uint8Array.from(Buffer.from(passkey.publicKey, 'base64url')),
      counter: Number(passkey.counter),
    },
  }).catch(() => undefined)
  if (!verified?.verified || !madeAt) return false
  return notePasskeyUse(passkey.id, BigInt(verified.authenticationInfo.newCounter), madeAt, now)
}
