import { createHmac } from 'node:crypto'
import { CompactEncrypt, calculateJwkThumbprint, compactDecrypt, exportJWK, generateKeyPair, type JWK } from 'jose'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'

const KEY_AGREEMENT = 'ECDH-ES'
const CONTENT_ENCRYPTION = 'A256GCM'

/** What a sealed secret belongs to; it opens for nothing else. */
export interface SealContext {
  /** The id of the backend (or other object) that holds the secret. */
  ownerId: string
  field: string
}

/** `publicJwk` goes to the web process, `privateJwk` stays with the controller. Both carry the key's id (`kid`). */
export interface SealingKey {
  publicJwk: JWK
  privateJwk: JWK
}

export async function generateSealingKey(): Promise<SealingKey> {
  const pair = await generateKeyPair(KEY_AGREEMENT, { crv: 'P-256', extractable: true })
  const [publicJwk, privateJwk] = await Promise.all([exportJWK(pair.publicKey), exportJWK(pair.privateKey)])
  const kid = await calculateJwkThumbprint(publicJwk)
  return {
    publicJwk: { ...publicJwk, kid, use: 'enc', alg: KEY_AGREEMENT },
    privateJwk: { ...privateJwk, kid, use: 'enc', alg: KEY_AGREEMENT },
  }
}

/** A compact JWE that only the holder of the private key can open, and only for the same context. */
export async function sealSecret(publicJwk: JWK, secret: Secret, context: SealContext): Promise<string> {
  if (publicJwk.kid === undefined) throw new Error('a sealing key has no key id')
  return new CompactEncrypt(new TextEncoder().encode(reveal(secret)))
    .setProtectedHeader({
      alg: KEY_AGREEMENT,
      enc: CONTENT_ENCRYPTION,
      kid: publicJwk.kid,
      // The header is authenticated, so this cannot be changed without the private key.
      ctx: contextText(context),
    })
    .encrypt(publicJwk)
}

/**
 * Opens a sealed secret with whichever of the keys it names (old keys stay until everything is sealed again).
 * Throws `internal` when the key is unknown, the text was altered, or it was sealed for another context.
 */
export async function openSecret(privateJwks: readonly JWK[], sealed: string, context: SealContext): Promise<Secret> {
  const opened = await compactDecrypt(
    sealed,
    (header) => {
      const key = privateJwks.find((jwk) => jwk.kid !== undefined && jwk.kid === header.kid)
      if (!key) throw cannotOpen(context, 'the controller does not have its key')
      return key
    },
    { keyManagementAlgorithms: [KEY_AGREEMENT], contentEncryptionAlgorithms: [CONTENT_ENCRYPTION] },
  ).catch((error: unknown) => {
    throw error instanceof HoldfastError ? error : cannotOpen(context, 'it is damaged')
  })
  if (opened.protectedHeader.ctx !== contextText(context)) throw cannotOpen(context, 'it was sealed for something else')
  return new Secret(new TextDecoder().decode(opened.plaintext))
}

/** A secret as it is stored. One that was copied with its backend is still sealed for the backend that it came from. */
export interface StoredSecret {
  field: string
  sealed: string
  sealedFor: string | null
}

/** By field, as an intent carries them. */
export interface SealedParts {
  sealedSecrets: Record<string, string>
  /** For which backend, of those that were sealed for another one. */
  sealedFor: Record<string, string>
}

export function sealedParts(secrets: readonly StoredSecret[]): SealedParts {
  const copied = secrets.flatMap(({ field, sealedFor }) => (sealedFor === null ? [] : [[field, sealedFor] as const]))
  return {
    sealedSecrets: Object.fromEntries(secrets.map(({ field, sealed }) => [field, sealed])),
    sealedFor: Object.fromEntries(copied),
  }
}

/** Eight hex digits by which people can tell two secrets apart; without the key they say nothing about the secret. */
export function fingerprint(hmacKey: Uint8Array, secret: Secret): string {
  return createHmac('sha256', hmacKey).update(reveal(secret)).digest('hex').slice(0, 8)
}

function contextText({ ownerId, field }: SealContext): string {
  return JSON.stringify([ownerId, field])
}

function cannotOpen({ ownerId, field }: SealContext, reason: string): HoldfastError {
  return new HoldfastError(
    'internal',
    `The stored secret "${field}" of ${ownerId} cannot be opened: ${reason}. Enter the secret again.`,
  )
}
