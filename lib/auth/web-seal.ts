import { CompactEncrypt, compactDecrypt } from 'jose'
import { derivedKey } from '@/lib/auth/derived-key'
import type { Env } from '@/lib/env'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'

type Settings = Pick<Env, 'stateDir' | 'authSecret'>

/**
 * For what web processes must open again themselves, which they cannot with secrets of storages: a JWE as those are, with a key that
 * comes from the one that signs sessions. So a copy of the database opens none of them. `owner` is whose it is; it opens for nobody
 * else.
 */
export function sealForWeb(env: Settings, secret: Secret, owner: string): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(reveal(secret)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ctx: owner })
    .encrypt(keyOf(env))
}

/** Throws `unavailable` when it was sealed for somebody else, was changed, or the key of this installation is another one now. */
export async function openForWeb(env: Settings, sealed: string, owner: string): Promise<Secret> {
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, keyOf(env))
    if (protectedHeader.ctx !== owner) throw new Error('it was sealed for somebody else')
    return new Secret(new TextDecoder().decode(plaintext))
  } catch (cause) {
    throw new HoldfastError(
      'unavailable',
      'The key that opens the secret of one-time codes is not the one it was sealed with.',
      {
        recovery:
          'Sign in with a recovery code, or have an administrator reset the second factor, and set it up again.',
        cause,
      },
    )
  }
}

function keyOf(env: Settings): Uint8Array {
  return derivedKey(env, 'holdfast second factors')
}
