import 'server-only'
import type { JWK } from 'jose'
import { z } from 'zod'
import { derivedKey } from '@/lib/auth/derived-key'
import { currentEnv } from '@/lib/current-env'
import { fingerprint, sealSecret } from '@/lib/db/sealed-secrets'
import type { Destination } from '@/lib/drivers/descriptor-destination'
import { HoldfastError } from '@/lib/errors'
import * as repository from '@/lib/installation/repository'
import { Secret } from '@/lib/secret'

/** What the controller has published about this installation (table Setting). */
const Facts = z.object({
  fleet_url: z.string(),
  agent_package: z.union([
    z.object({ file: z.string(), sha256: z.string(), version: z.string().nullable().default(null) }),
    z.object({}).transform(() => null),
  ]),
  ca_fingerprint: z.string(),
  sealing_public_key: z.looseObject({ kty: z.string(), kid: z.string() }),
})

async function fact<K extends keyof typeof Facts.shape>(key: K): Promise<z.output<(typeof Facts.shape)[K]>> {
  const found = (await repository.findSettings([key])).get(key)
  const parsed = Facts.shape[key].safeParse(found)
  if (!parsed.success) {
    throw new HoldfastError('unavailable', 'The controller has not finished its first start; try again in a moment.')
  }
  return parsed.data as z.output<(typeof Facts.shape)[K]>
}

/** How a new host reaches the controller, and by what it knows it. */
export async function fleetDoor() {
  const [url, caFingerprint, agentPackage] = await Promise.all([
    fact('fleet_url'),
    fact('ca_fingerprint'),
    fact('agent_package').catch(() => null),
  ])
  return { url, caFingerprint, agentPackage }
}

export interface SealedSecret {
  field: string
  sealed: string
  fingerprint: string
}

/** Seals secrets for the controller; only it can open them, only for this owner, and only to send them to these destinations. */
export async function sealSecrets(
  ownerId: string,
  secrets: Record<string, string>,
  destinations: readonly Destination[],
): Promise<SealedSecret[]> {
  const entries = Object.entries(secrets)
  if (entries.length === 0) return []
  const publicKey = (await fact('sealing_public_key')) as JWK
  const key = fingerprintKey()
  return Promise.all(
    entries.map(async ([field, value]) => {
      const secret = new Secret(value)
      return {
        field,
        sealed: await sealSecret(publicKey, secret, { ownerId, field }, destinations),
        fingerprint: fingerprint(key, secret),
      }
    }),
  )
}

/** Not in the database, so that a copy of it does not let anybody try guesses against fingerprints. */
function fingerprintKey(): Uint8Array {
  return derivedKey(currentEnv(), 'holdfast secret fingerprint')
}

/** Does a controller work now? */
export async function isControllerAlive(now = new Date()): Promise<boolean> {
  const lead = await repository.findLead()
  return lead !== null && lead.expiresAt > now
}
