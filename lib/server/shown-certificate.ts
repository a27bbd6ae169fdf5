import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'

/**
 * The certificate that a server shows, whatever its dates, if one of these CAs (a PEM bundle) has signed it. It is for explaining a
 * refusal: nothing is sent on this connection, and nothing that follows may rest on it. Rejects when there is none, or none in time.
 */
export function shownCertificate(
  address: { host: string; port: number },
  authorities: string,
  timeoutMs: number,
): Promise<X509Certificate> {
  const { promise, resolve, reject } = Promise.withResolvers<X509Certificate>()
  const socket = connect({ ...address, minVersion: 'TLSv1.3', rejectUnauthorized: false, timeout: timeoutMs })
  socket.once('error', reject)
  socket.once('timeout', () => socket.destroy(new Error('no answer in time')))
  socket.once('close', () => reject(new Error('the connection was closed')))
  socket.once('secureConnect', () => {
    const leaf = socket.getPeerX509Certificate()
    if (leaf && isSignedBy(leaf, authorities)) resolve(leaf)
    else reject(new Error('a certificate of somebody else'))
    socket.destroy()
  })
  return promise
}

/** Does one of these CAs vouch for it? Dates and purposes are not looked at. */
export function isSignedBy(leaf: X509Certificate, authorities: string): boolean {
  const blocks = authorities.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks
    .map((block) => new X509Certificate(block))
    .some((ca) => leaf.checkIssued(ca) && leaf.verify(ca.publicKey))
}

/** Was a TLS connection refused only because a certificate does not hold at this moment? */
export function isAboutDates(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code
  return code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED'
}
