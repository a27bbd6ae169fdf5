import { createHash, createPrivateKey, randomBytes, randomUUID, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { z } from 'zod'
import { controllerIdentity, hostIdentity } from '@/lib/agent-protocol/enrollment'
import { openKeyFiles } from '@/lib/controller/keys/key-files'
import { HoldfastError } from '@/lib/errors'
import { loadX509 } from '@/lib/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
const DAY_MS = 86_400_000
const AUTHORITY_DAYS = 3650
const HOST_DAYS = 30
const OWN_DAYS = 7
/** Clocks of hosts may be behind; a certificate must not be "not yet valid" there. */
const BACKDATE_MS = 5 * 60_000

/** One file, so that a crash cannot leave a key without its certificate. */
const StoredAuthority = z.strictObject({
  installationId: z.string().regex(/^[0-9a-f-]{36}$/),
  key: z.string(),
  certificate: z.string(),
  createdAt: z.iso.datetime(),
})

export interface KeyPair {
  /** PKCS#8 PEM. */
  key: string
  /** PEM. */
  certificate: string
  notAfter: Date
}

export interface IssuedHostCertificate {
  certificate: string
  serial: string
  notAfter: Date
}

/** The fleet's own certificate authority. Its private key does not leave the controller. */
export interface FleetCa {
  installationId: string
  /** PEM bundle that hosts trust. */
  authorities: string
  /** `sha256:` and 64 hex digits: what a person pins when a host joins. */
  fingerprint: string
  /** Until when the authority itself holds. */
  notAfter: Date
  /** What the controller shows to agents. Short-lived; ask again when half of its life is over. */
  issueController(now?: Date): Promise<KeyPair>
  /** For the fleet port. `names` are host names or IP addresses. */
  issueFleetPort(names: readonly string[], now?: Date): Promise<KeyPair>
  /**
   * Certifies the key of a PKCS#10 request for this host. Subject and extensions of the request are ignored.
   * Throws `invalid_input` for a request that is malformed, not signed with its own key, or not for a P-256 key.
   */
  issueHost(hostId: string, csr: string, now?: Date): Promise<IssuedHostCertificate>
}

export function certificateFingerprint(pem: string): string {
  return `sha256:${createHash('sha256').update(new X509Certificate(pem).raw).digest('hex')}`
}

/** 127 random bits; the leading digit keeps the number positive and of one length. */
function newSerial(): string {
  return `4${randomBytes(16).toString('hex').slice(1)}`
}

function toPem(label: string, der: ArrayBuffer): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd()
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}

async function exportKey(key: CryptoKey): Promise<string> {
  return toPem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', key))
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

async function createAuthority(installationId: string): Promise<z.infer<typeof StoredAuthority>> {
  const x509 = await loadX509()
  const keys = await generateKeys()
  const now = new Date()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: `CN=Holdfast fleet CA ${installationId}`,
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(now.getTime() + AUTHORITY_DAYS * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {
    installationId,
    key: await exportKey(keys.privateKey),
    certificate: certificate.toString('pem'),
    createdAt: now.toISOString(),
  }
}

/**
 * Reads the authority from the controller's directory, or makes it when `mayCreate`.
 * Throws `unavailable` when the file is there but unreadable, or missing though this installation already has hosts that trust
 * it: a new one would lock every host out, so a person has to decide.
 */
export async function openFleetCa(
  directory: string,
  options: { expectedInstallation?: string } = {},
): Promise<FleetCa> {
  const files = openKeyFiles(directory)
  let text = files.read('authority.json')
  if (text === undefined) {
    if (options.expectedInstallation !== undefined) {
      throw new HoldfastError(
        'unavailable',
        `The file authority.json is missing from ${directory}, but the database belongs to an installation that has this certificate authority. Restore the directory from a backup, or point HOLDFAST_CONTROLLER_DIR at it.`,
      )
    }
    files.write('authority.json', JSON.stringify(await createAuthority(randomUUID())))
    text = files.read('authority.json') ?? ''
  }
  const stored = parseAuthority(text, directory)
  if (options.expectedInstallation !== undefined && options.expectedInstallation !== stored.installationId) {
    throw new HoldfastError(
      'unavailable',
      `The certificate authority in ${directory} belongs to another installation than the database. Set HOLDFAST_CONTROLLER_DIR or HOLDFAST_DATABASE_URL to the ones that belong together.`,
    )
  }
  return loadAuthority(stored)
}

function parseAuthority(text: string, directory: string): z.infer<typeof StoredAuthority> {
  try {
    const stored = StoredAuthority.parse(JSON.parse(text))
    if (!new X509Certificate(stored.certificate).checkPrivateKey(createPrivateKey(stored.key))) throw new Error('pair')
    return stored
  } catch {
    throw new HoldfastError(
      'unavailable',
      `The file authority.json in ${directory} is damaged. Restore it from a backup; a new authority would lock every host out.`,
    )
  }
}

async function loadAuthority(stored: z.infer<typeof StoredAuthority>): Promise<FleetCa> {
  const x509 = await loadX509()
  const { installationId } = stored
  const issuer = new x509.X509Certificate(stored.certificate)
  const signingKey = await crypto.subtle.importKey(
    'pkcs8',
    createPrivateKey(stored.key).export({ type: 'pkcs8', format: 'der' }),
    ALGORITHM,
    false,
    ['sign'],
  )
  const authorityKeyId = await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey)

  async function certify(
    publicKey: CryptoKey,
    leaf: {
      name: string
      usage: string
      names: { type: 'url' | 'dns' | 'ip'; value: string }[]
      days: number
      now: Date
    },
  ) {
    return x509.X509CertificateGenerator.create({
      serialNumber: newSerial(),
      subject: `CN=${leaf.name}`,
      issuer: issuer.subject,
      notBefore: new Date(leaf.now.getTime() - BACKDATE_MS),
      notAfter: new Date(leaf.now.getTime() + leaf.days * DAY_MS),
      publicKey,
      signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([leaf.usage]),
        new x509.SubjectAlternativeNameExtension(leaf.names),
        authorityKeyId,
        await x509.SubjectKeyIdentifierExtension.create(publicKey),
      ],
    })
  }

  async function issueOwn(
    name: string,
    usage: string,
    names: { type: 'url' | 'dns' | 'ip'; value: string }[],
    now: Date,
  ): Promise<KeyPair> {
    const keys = await generateKeys()
    const certificate = await certify(keys.publicKey, { name, usage, names, days: OWN_DAYS, now })
    return {
      key: await exportKey(keys.privateKey),
      certificate: certificate.toString('pem'),
      notAfter: certificate.notAfter,
    }
  }

  return {
    installationId,
    authorities: stored.certificate,
    fingerprint: certificateFingerprint(stored.certificate),
    notAfter: issuer.notAfter,
    issueController: (now = new Date()) =>
      issueOwn('controller', CLIENT_AUTH, [{ type: 'url', value: controllerIdentity(installationId) }], now),
    issueFleetPort: (names, now = new Date()) =>
      issueOwn(
        'fleet port',
        SERVER_AUTH,
        [...new Set(names)].map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        now,
      ),
    async issueHost(hostId, csr, now = new Date()) {
      const publicKey = await keyOfRequest(csr)
      const certificate = await certify(publicKey, {
        name: hostId,
        usage: SERVER_AUTH,
        // Exactly one name: the client compares the whole list with it.
        names: [{ type: 'url', value: hostIdentity(installationId, hostId) }],
        days: HOST_DAYS,
        now,
      })
      return {
        certificate: certificate.toString('pem'),
        serial: certificate.serialNumber,
        notAfter: certificate.notAfter,
      }
    },
  }
}

/** The key of a request that proves that its sender holds the private half. */
async function keyOfRequest(csr: string): Promise<CryptoKey> {
  const x509 = await loadX509()
  const refused = (message: string) =>
    new HoldfastError('invalid_input', message, { fields: [{ field: 'csr', message }] })
  try {
    const request = new x509.Pkcs10CertificateRequest(csr)
    const algorithm = request.publicKey.algorithm as { name: string; namedCurve?: string }
    if (algorithm.name !== 'ECDSA' || algorithm.namedCurve !== 'P-256') throw refused('The key must be ECDSA P-256.')
    if (!(await request.verify())) throw refused('The request is not signed with its own key.')
    return await request.publicKey.export(ALGORITHM, ['verify'])
  } catch (error) {
    if (error instanceof HoldfastError) throw error
    throw refused('The certificate request is not a readable PKCS#10 PEM.')
  }
}
