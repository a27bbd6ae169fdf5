import type { JWK } from 'jose'
import { z } from 'zod'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import { openKeyFiles } from '@/lib/controller/keys/key-files'
import {
  type DescribeChange,
  generateSealingKey,
  openSecret,
  type SealContext,
  sealWithDestinations,
} from '@/lib/db/sealed-secrets'
import type { Destination } from '@/lib/drivers/descriptor-destination'
import { destinationOf } from '@/lib/drivers/destination'
import { HoldfastError } from '@/lib/errors'
import { reveal, type Secret } from '@/lib/secret'

const FILE = 'sealing-keys.json'
/** Says that every secret of this installation has its destinations. Not in the database: who can write there must not undo it. */
const BOUND_FILE = 'secrets-have-destinations.json'
const Key = z.looseObject({ kty: z.string(), kid: z.string() })
const Stored = z.strictObject({ keys: z.array(z.strictObject({ publicJwk: Key, privateJwk: Key })).min(1) })

/** A backend as it is stored. */
export interface SealedInput {
  id: string
  driver: string
  config: unknown
  sealedSecrets: Record<string, string>
  /** By field, of secrets that came with a copy of another backend. */
  sealedFor?: Record<string, string> | undefined
}

/** What the web process seals secrets with, and the only thing that opens them. */
export interface SealingKeys {
  /** The newest; the web process seals with it. */
  publicJwk: JWK
  /** Of all keys here that open secrets. */
  keyIds: readonly string[]
  /**
   * A backend as it goes to an agent. Throws `credentials_rejected` for a secret that was not sealed for where this config would
   * send it, `internal` for one that was sealed with another key or for another owner.
   */
  open(backend: SealedInput): Promise<WireBackend>
  /** Secrets of another owner, to send them to `destination`. Throws as `open`. */
  openFor(
    ownerId: string,
    secrets: readonly { field: string; sealed: string }[],
    destination: Destination,
    inWords: DescribeChange,
  ): Promise<Record<string, Secret>>
  /** For secrets from before they had destinations; null once that is done. */
  binding: Binding | null
}

export interface Binding {
  /** The secret sealed again. Throws `internal` for one that cannot be opened. */
  seal(sealed: string, context: SealContext, destinations: readonly Destination[]): Promise<string>
  /** From the next start on, a secret without destinations is refused. */
  finish(): void
}

/** A way out for who has no backup; see the command. */
const FORGET = 'If it is lost for good, "npm run -s holdfast -- secrets forget" deletes what nobody can open any more.'

/** Ids of the keys in the directory; none when there is no file yet. Throws `unavailable` for a damaged one. */
export function sealingKeyIds(directory: string): Set<string> {
  const text = openKeyFiles(directory).read(FILE)
  return new Set(text === undefined ? [] : parse(text, directory).keys.map((key) => key.publicJwk.kid))
}

/**
 * Reads the keys from the controller's directory, or makes the first one. Older keys stay, last ones first in use. `needed` are the
 * ids of the keys that the secrets in the database were sealed with: with none of them there, a new key would make all of these
 * secrets lost without a word, so it throws `unavailable`.
 */
export async function openSealingKeys(
  directory: string,
  needed: ReadonlySet<string> = new Set(),
): Promise<SealingKeys> {
  const files = openKeyFiles(directory)
  let text = files.read(FILE)
  if (text === undefined) {
    if (needed.size > 0) {
      throw new HoldfastError(
        'unavailable',
        `The file ${FILE} is missing from ${directory}, and the database holds secrets that only it opens. Restore it from a backup. ${FORGET}`,
      )
    }
    text = JSON.stringify({ keys: [await generateSealingKey()] })
    files.write(FILE, text)
  }
  const stored = parse(text, directory)
  if (needed.size > 0 && !stored.keys.some((key) => needed.has(key.publicJwk.kid))) {
    throw new HoldfastError(
      'unavailable',
      `The file ${FILE} in ${directory} opens none of the secrets in the database: it is of another installation. Restore the one that belongs to the database. ${FORGET}`,
    )
  }
  const privateJwks = stored.keys.map((key) => key.privateJwk as JWK)
  const publicJwk = stored.keys.at(-1)?.publicJwk as JWK
  const binding: Binding = {
    seal: (sealed, context, destinations) =>
      sealWithDestinations({ publicJwk, privateJwks }, sealed, context, destinations),
    finish: () => files.write(BOUND_FILE, JSON.stringify({ since: new Date() })),
  }
  return {
    publicJwk,
    keyIds: stored.keys.map((key) => key.publicJwk.kid),
    binding: files.read(BOUND_FILE) === undefined ? binding : null,
    async open({ id, driver, config: given, sealedSecrets, sealedFor }) {
      const config = given as Record<string, unknown>
      const secrets: Record<string, string> = {}
      for (const [field, sealed] of Object.entries(sealedSecrets)) {
        const context = { ownerId: sealedFor?.[field] ?? id, field }
        secrets[field] = reveal(await openSecret(privateJwks, sealed, context, destinationOf(driver, config)))
      }
      return { id, driver, config, secrets }
    },
    async openFor(ownerId, sealedSecrets, destination, inWords) {
      const opened = sealedSecrets.map(async ({ field, sealed }) => {
        return [field, await openSecret(privateJwks, sealed, { ownerId, field }, destination, inWords)] as const
      })
      return Object.fromEntries(await Promise.all(opened))
    },
  }
}

function parse(text: string, directory: string): z.infer<typeof Stored> {
  try {
    return Stored.parse(JSON.parse(text))
  } catch {
    throw new HoldfastError(
      'unavailable',
      `The file ${FILE} in ${directory} is damaged. Restore it from a backup; without it every stored secret has to be entered again.`,
    )
  }
}
