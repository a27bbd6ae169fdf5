import { createHash, createHmac } from 'node:crypto'
import {
  CompactEncrypt,
  calculateJwkThumbprint,
  compactDecrypt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWK,
} from 'jose'
import { z } from 'zod'
import { type Destination, DIGEST_PREFIX, differingKeys, LONGEST_VALUE } from '@/lib/drivers/descriptor-destination'
import { destinationChange } from '@/lib/drivers/destination'
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

/**
 * A compact JWE that only the holder of the private key can open, only for the same context, and only to send it to one of the
 * destinations: a backend's own, and those of hosts that reach it elsewhere.
 */
export async function sealSecret(
  publicJwk: JWK,
  secret: Secret,
  context: SealContext,
  destinations: readonly Destination[],
): Promise<string> {
  if (publicJwk.kid === undefined) throw new Error('a sealing key has no key id')
  return new CompactEncrypt(new TextEncoder().encode(reveal(secret)))
    .setProtectedHeader({
      alg: KEY_AGREEMENT,
      enc: CONTENT_ENCRYPTION,
      kid: publicJwk.kid,
      // The header is authenticated, so these cannot be changed without the private key.
      ctx: contextText(context),
      dst: distinct(destinations.map(brief)),
    })
    .encrypt(publicJwk)
}

/**
 * Opens a sealed secret with whichever of the keys it names (old keys stay until everything is sealed again), to send it to
 * `destination`. Throws `credentials_rejected` when it was not sealed for that, before it is opened; `internal` when the key is
 * unknown, the text was altered, or it was sealed for another context.
 */
export async function openSecret(
  privateJwks: readonly JWK[],
  sealed: string,
  context: SealContext,
  destination: Destination,
  inWords: DescribeChange = destinationChange,
): Promise<Secret> {
  return decrypt(privateJwks, sealed, context, (header) => {
    const change = changeSince(destinationsIn(header), destination, inWords)
    if (change === undefined) return
    const message = `The stored secret "${context.field}" is not sent there: ${change}. Enter it again.`
    throw new HoldfastError('credentials_rejected', message)
  })
}

/**
 * Seals again, for the same context and these destinations, what was sealed when secrets had none. Throws `internal` for one that
 * has, and for what `openSecret` refuses.
 */
export async function sealWithDestinations(
  keys: { publicJwk: JWK; privateJwks: readonly JWK[] },
  sealed: string,
  context: SealContext,
  destinations: readonly Destination[],
): Promise<string> {
  const secret = await decrypt(keys.privateJwks, sealed, context, (header) => {
    if (header.dst !== undefined) throw cannotOpen(context, 'it has its destinations already')
  })
  return sealSecret(keys.publicJwk, secret, context, destinations)
}

async function decrypt(
  privateJwks: readonly JWK[],
  sealed: string,
  context: SealContext,
  expect: (header: Record<string, unknown>) => void,
): Promise<Secret> {
  const { plaintext } = await compactDecrypt(
    sealed,
    (header) => {
      const key = privateJwks.find((jwk) => jwk.kid !== undefined && jwk.kid === header.kid)
      if (!key) throw cannotOpen(context, 'the controller does not have its key')
      // Before anything is opened; that the header is the one it was sealed with is proved by opening.
      if (header.ctx !== contextText(context)) throw cannotOpen(context, 'it was sealed for something else')
      expect({ ...header })
      return key
    },
    { keyManagementAlgorithms: [KEY_AGREEMENT], contentEncryptionAlgorithms: [CONTENT_ENCRYPTION] },
  ).catch((error: unknown) => {
    throw error instanceof HoldfastError ? error : cannotOpen(context, 'it is damaged')
  })
  return new Secret(new TextDecoder().decode(plaintext))
}

// ---- destinations ------------------------------------------------------------------------------------------------------

/** What has changed between two destinations, in words; that of storage types where nothing else is said. */
export type DescribeChange = (before: Destination, after: Destination) => string | undefined

const Destinations = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])))

function destinationsIn(header: Record<string, unknown>): readonly Destination[] {
  return Destinations.safeParse(header.dst).data ?? []
}

/**
 * Where a sealed secret may be sent; nowhere, for one from before there were destinations and for a damaged one. It takes no key to
 * read, and proves nothing: the controller checks it when it opens.
 */
export function destinationsOf(sealed: string): readonly Destination[] {
  try {
    return destinationsIn({ ...decodeProtectedHeader(sealed) })
  } catch {
    return []
  }
}

/** What has changed since the secret was sealed, in words; undefined when it may be sent there. */
export function destinationChangeOf(
  sealed: string,
  destination: Destination,
  inWords: DescribeChange = destinationChange,
): string | undefined {
  return changeSince(destinationsOf(sealed), destination, inWords)
}

function changeSince(
  sealedFor: readonly Destination[],
  destination: Destination,
  inWords: DescribeChange,
): string | undefined {
  const wanted = brief(destination)
  if (sealedFor.some((known) => differingKeys(known, wanted).length === 0)) return undefined
  const [first] = sealedFor
  return first === undefined ? 'it was stored without saying where it may go' : inWords(first, wanted)
}

function brief(destination: Destination): Destination {
  return Object.fromEntries(
    Object.entries(destination).map(([key, value]) =>
      typeof value === 'string' && value.length > LONGEST_VALUE
        ? [key, `${DIGEST_PREFIX}${createHash('sha256').update(value).digest('base64url')}`]
        : [key, value],
    ),
  )
}

function distinct(destinations: readonly Destination[]): Destination[] {
  return [...new Map(destinations.map((each) => [JSON.stringify(each), each])).values()]
}

// ---- as stored ---------------------------------------------------------------------------------------------------------

/** The key that a sealed secret names; `unknown` when the text is damaged, so that no key fits. */
export function keyIdOf(sealed: string): string {
  try {
    return decodeProtectedHeader(sealed).kid ?? 'unknown'
  } catch {
    return 'unknown'
  }
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
