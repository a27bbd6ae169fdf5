import { randomBytes } from 'node:crypto'
import { controllerIdentity, hostIdentity } from '@/lib/agent-protocol/enrollment'
import { loadX509 } from '@/lib/x509'

/** Certificates for tests: real P-256 keys and real signatures, with every property that a negative case wants to get wrong. */

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY = 86_400_000
export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

type AltName = { type: 'url' | 'dns' | 'ip'; value: string }

export interface CertificateWishes {
  commonName?: string
  names?: AltName[]
  usages?: string[]
  notBefore?: Date
  notAfter?: Date
  /** Marks the leaf as a CA. */
  isAuthority?: boolean
  serialNumber?: string
  /** SPKI, to certify a key that somebody else holds (a CSR's). */
  publicKey?: CryptoKey
}

export interface IssuedCertificate {
  /** PEM. */
  certificate: string
  /** PKCS#8 PEM; empty when the key is somebody else's. */
  key: string
}

export interface TestAuthority {
  /** PEM. */
  certificate: string
  issue(wishes?: CertificateWishes): Promise<IssuedCertificate>
  /** Certifies the key of a PEM CSR; names come from `wishes`, never from the request. */
  sign(csr: string, wishes?: CertificateWishes): Promise<string>
}

async function pem(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END PRIVATE KEY-----\n`
}

export async function createTestAuthority(
  name = 'Test fleet CA',
  wishes: CertificateWishes = {},
): Promise<TestAuthority> {
  const x509 = await loadX509()
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: wishes.serialNumber ?? randomBytes(12).toString('hex'),
    name: `CN=${name}`,
    notBefore: wishes.notBefore ?? new Date(Date.now() - DAY),
    notAfter: wishes.notAfter ?? new Date(Date.now() + 365 * DAY),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })

  async function certify(publicKey: CryptoKey, leaf: CertificateWishes): Promise<string> {
    const usages = leaf.usages ?? [SERVER_AUTH, CLIENT_AUTH]
    const certificate = await x509.X509CertificateGenerator.create({
      // A leading zero bit keeps the number positive, as the other side reads it.
      serialNumber: leaf.serialNumber ?? `4${randomBytes(15).toString('hex').slice(1)}`,
      subject: `CN=${leaf.commonName ?? 'test'}`,
      issuer: root.subject,
      notBefore: leaf.notBefore ?? new Date(Date.now() - 5 * 60_000),
      notAfter: leaf.notAfter ?? new Date(Date.now() + 7 * DAY),
      publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(leaf.isAuthority ?? false, undefined, true),
        ...(usages.length > 0 ? [new x509.ExtendedKeyUsageExtension(usages)] : []),
        ...(leaf.names?.length ? [new x509.SubjectAlternativeNameExtension(leaf.names)] : []),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
      ],
    })
    return `${certificate.toString('pem')}\n`
  }

  return {
    certificate: `${root.toString('pem')}\n`,
    async issue(leaf = {}) {
      if (leaf.publicKey) return { certificate: await certify(leaf.publicKey, leaf), key: '' }
      const own = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
      return { certificate: await certify(own.publicKey, leaf), key: await pem(own.privateKey) }
    },
    async sign(csr, leaf = {}) {
      const request = new x509.Pkcs10CertificateRequest(csr)
      if (!(await request.verify())) throw new Error('the CSR is not signed with its own key')
      return certify(await request.publicKey.export(ALGORITHM, ['verify']), leaf)
    },
  }
}

export const TEST_INSTALLATION = 'test-installation'

/** The one certificate that agents of `TEST_INSTALLATION` accept. */
export function controllerWishes(installationId = TEST_INSTALLATION): CertificateWishes {
  return {
    commonName: 'controller',
    names: [{ type: 'url', value: controllerIdentity(installationId) }],
    usages: [CLIENT_AUTH],
  }
}

/** What the controller issues to a host. */
export function hostWishes(hostId: string, installationId = TEST_INSTALLATION): CertificateWishes {
  return {
    commonName: hostId,
    names: [{ type: 'url', value: hostIdentity(installationId, hostId) }],
    usages: [SERVER_AUTH],
  }
}
