import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { whyNotValid } from '@/lib/agent-protocol/clock'
import { controllerIdentity, hostIdentity } from '@/lib/agent-protocol/enrollment'
import { WireId } from '@/lib/agent-protocol/messages'
import { diskProblem, HoldfastError } from '@/lib/errors'
import { replaceFile } from '@/lib/replace-file'

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
/** Clocks of two healthy hosts may differ by this much; the controller backdates certificates by as much. */
const CLOCK_TOLERANCE_MS = 5 * 60_000

/** Everything that makes this agent a member of one fleet. One file, so that it changes as a whole or not at all. */
const Identity = z.strictObject({
  version: z.literal(1),
  installationId: z.string().min(1),
  hostId: WireId('host'),
  /** The only client identity that is served. */
  controllerIdentity: z.string().min(1),
  controllerUrl: z.url(),
  port: z.int().min(1).max(65_535),
  key: z.string(),
  certificate: z.string(),
  /** PEM bundle of the fleet's CA; two of them while it is being replaced. */
  authorities: z.string(),
})
export type Identity = z.infer<typeof Identity>

const IDENTITY_FILE = 'identity.json'
const PENDING_KEY_FILE = 'pending-key.pem'

/** Throws `disk_full` or `disk_unwritable` with the directory. */
function replace(file: string, content: string): void {
  try {
    replaceFile(file, content)
  } catch (error) {
    throw diskProblem(error, path.dirname(file)) ?? error
  }
}

function readIfPresent(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw new HoldfastError(
      'internal',
      `${file} cannot be read (${code}). Restore it from a backup, or move it away.`,
      {
        cause: error,
      },
    )
  }
}

/** The state directory holds the private key: 0700, whoever made it. */
export function prepareStateDir(stateDir: string): void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 })
    chmodSync(stateDir, 0o700)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new HoldfastError('invalid_input', `The state directory ${stateDir} cannot be used (${code}).`, {
      cause: error,
    })
  }
}

/** Null when this host has not joined yet. A damaged file is an error, never "not joined". */
export function readIdentity(stateDir: string): Identity | null {
  const file = path.join(stateDir, IDENTITY_FILE)
  const text = readIfPresent(file)
  if (text === null) return null
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    content = undefined
  }
  const parsed = Identity.safeParse(content)
  if (!parsed.success || !isWhole(parsed.data)) {
    throw new HoldfastError(
      'internal',
      `${file} is damaged. Restore it from a backup, or move it away and join this host again with a new token.`,
    )
  }
  return parsed.data
}

/** Do key and certificates have their form? Whether they are good for this host and this day is seen when they are used. */
function isWhole({ key, certificate, authorities }: Identity): boolean {
  try {
    createPrivateKey(key)
    return parseBundle(certificate).length + parseBundle(authorities).length > 0
  } catch {
    return false
  }
}

export function writeIdentity(stateDir: string, identity: Identity): void {
  prepareStateDir(stateDir)
  replace(path.join(stateDir, IDENTITY_FILE), `${JSON.stringify(identity)}\n`)
  rmSync(path.join(stateDir, PENDING_KEY_FILE), { force: true })
}

/**
 * The key of a certificate that has been asked for and not yet installed. A damaged one is as good as none: nothing was sealed or
 * certified with it yet, and the next request makes another.
 */
export function readPendingKey(stateDir: string): string | null {
  const key = readIfPresent(path.join(stateDir, PENDING_KEY_FILE))
  try {
    if (key !== null) createPrivateKey(key)
    return key
  } catch {
    return null
  }
}

export function writePendingKey(stateDir: string, key: string): void {
  replace(path.join(stateDir, PENDING_KEY_FILE), key)
}

/** Certificates of a PEM bundle; throws `invalid_input` when there is none or one is damaged. */
export function parseBundle(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new HoldfastError('invalid_input', 'A PEM certificate was expected.')
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch (error) {
    throw new HoldfastError('invalid_input', 'A certificate in the bundle is damaged.', { cause: error })
  }
}

/** URI names of a certificate. Node quotes a name that could be mistaken for two, so a comma always separates. */
export function uriNames(certificate: X509Certificate): string[] {
  const names = certificate.subjectAltName?.split(', ') ?? []
  return names.filter((name) => name.startsWith('URI:')).map((name) => name.slice('URI:'.length))
}

/** Proves that this certificate is for our key, from one of these CAs, and says what the controller promised. */
export function checkHostCertificate(
  identity: Pick<Identity, 'installationId' | 'hostId' | 'controllerIdentity' | 'key' | 'certificate' | 'authorities'>,
  privateKey: KeyObject,
  now = Date.now(),
): X509Certificate {
  const refuse = (what: string) => new HoldfastError('invalid_input', `The certificate for this host ${what}.`)
  const leaf = parseBundle(identity.certificate)[0]
  if (!leaf) throw refuse('is missing')
  const authorities = parseBundle(identity.authorities)
  if (!leaf.checkPrivateKey(privateKey)) throw refuse('does not belong to the key made here')
  const issuer = authorities.find((ca) => ca.ca && leaf.checkIssued(ca) && leaf.verify(ca.publicKey))
  if (!issuer) throw refuse('is not signed by a CA of the fleet')
  if (leaf.ca) throw refuse('may itself issue certificates')
  if (!leaf.keyUsage?.includes(SERVER_AUTH)) throw refuse('may not be used by a server')
  const expected = hostIdentity(identity.installationId, identity.hostId)
  const names = uriNames(leaf)
  if (names.length !== 1 || names[0] !== expected) throw refuse(`does not name ${expected}`)
  if (identity.controllerIdentity !== controllerIdentity(identity.installationId)) {
    throw new HoldfastError('invalid_input', 'The controller named an identity that is not of its own installation.')
  }
  const isWithinTolerance = leaf.validFromDate.getTime() <= now + CLOCK_TOLERANCE_MS && leaf.validToDate.getTime() > now
  const why = isWithinTolerance ? null : whyNotValid(leaf, new Date(now), 'this host')
  if (why !== null) throw refuse(why.replace(/\.$/, ''))
  return leaf
}
