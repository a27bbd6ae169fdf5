import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { derivedKey } from '@/lib/auth/derived-key'
import type { Env } from '@/lib/env'

/** Somebody has this long to unlock the device, in milliseconds. */
export const CHALLENGE_MS = 5 * 60_000

const RANDOM_BYTES = 16
const TIME_BYTES = 6
const MAC_BYTES = 32

type Settings = Pick<Env, 'stateDir' | 'authSecret'>

/**
 * What a device is to sign. It carries when it was made, and a proof that it was made here and for this purpose: so it need not be
 * stored, and strangers who ask for many cost nothing.
 */
export function newChallenge(env: Settings, purpose: string, now = new Date()): Uint8Array<ArrayBuffer> {
  const body = Buffer.alloc(RANDOM_BYTES + TIME_BYTES)
  randomBytes(RANDOM_BYTES).copy(body)
  body.writeUIntBE(now.getTime(), RANDOM_BYTES, TIME_BYTES)
  return Uint8Array.from(Buffer.concat([body, mac(env, purpose, body)]))
}

/** When this challenge (base64url) was made, if it is ours, for this purpose and not too old; else undefined. */
export function challengeMadeAt(env: Settings, purpose: string, challenge: string, now = new Date()): Date | undefined {
  const bytes = Buffer.from(challenge, 'base64url')
  if (bytes.length !== RANDOM_BYTES + TIME_BYTES + MAC_BYTES) return undefined
  const body = bytes.subarray(0, RANDOM_BYTES + TIME_BYTES)
  if (!timingSafeEqual(bytes.subarray(body.length), mac(env, purpose, body))) return undefined
  const age = now.getTime() - body.readUIntBE(RANDOM_BYTES, TIME_BYTES)
  return age >= 0 && age <= CHALLENGE_MS ? new Date(now.getTime() - age) : undefined
}

function mac(env: Settings, purpose: string, body: Buffer): Buffer {
  return createHmac('sha256', derivedKey(env, 'holdfast passkey challenge'))
    .update(`${purpose}\n`)
    .update(body)
    .digest()
}
