import { createHmac, hkdfSync } from 'node:crypto'
import { sessionSecret } from '@/lib/auth/session-secret'
import { currentEnv } from '@/lib/current-env'
import type { Env } from '@/lib/env'

/** 32 bytes that come from the key of this installation's sessions, which is not in the database. `purpose` keeps uses apart. */
export function derivedKey(env: Pick<Env, 'stateDir' | 'authSecret'>, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', sessionSecret(env), '', purpose, 32))
}

/** A digest that says nothing about the text to whoever lacks this installation's key. */
export function keyedDigest(purpose: string, text: string): string {
  return createHmac('sha256', derivedKey(currentEnv(), purpose)).update(text).digest('base64url')
}
