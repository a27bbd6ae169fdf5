import type { JWK } from 'jose'
import { z } from 'zod'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import { openKeyFiles } from '@/lib/controller/key-files'
import { generateSealingKey, openSecret } from '@/lib/db/sealed-secrets'
import { HoldfastError } from '@/lib/errors'
import { reveal } from '@/lib/secret'

const FILE = 'sealing-keys.json'
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
  /** A backend as it goes to an agent. Throws `internal` for a secret that was sealed with another key or for another owner. */
  open(backend: SealedInput): Promise<WireBackend>
}

/** Reads the keys from the controller's directory, or makes the first one. Older keys stay, last ones first in use. */
export async function openSealingKeys(directory: string): Promise<SealingKeys> {
  const files = openKeyFiles(directory)
  let text = files.read(FILE)
  if (text === undefined) {
    text = JSON.stringify({ keys: [await generateSealingKey()] })
    files.write(FILE, text)
  }
  const stored = parse(text, directory)
  const privateJwks = stored.keys.map((key) => key.privateJwk as JWK)
  return {
    publicJwk: stored.keys.at(-1)?.publicJwk as JWK,
    async open({ id, driver, config, sealedSecrets, sealedFor }) {
      const secrets: Record<string, string> = {}
      for (const [field, sealed] of Object.entries(sealedSecrets)) {
        secrets[field] = reveal(await openSecret(privateJwks, sealed, { ownerId: sealedFor?.[field] ?? id, field }))
      }
      return { id, driver, config: config as Record<string, unknown>, secrets }
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
