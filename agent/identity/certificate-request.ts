import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'

/**
 * A PKCS#10 request (RFC 2986) is four fixed fields around a key that Node already encodes, so it is written out here: the X.509
 * library that the controller uses would bring a dependency-injection container and twenty packages into a root process.
 */

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const length = body.length.toString(16)
  const bytes = Buffer.from(length.length % 2 === 0 ? length : `0${length}`, 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, body])
}

const SEQUENCE = 0x30
const SET = 0x31
/** commonName, 2.5.4.3 */
const COMMON_NAME = Buffer.from('0603550403', 'hex')
/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2 */
const ECDSA_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex')
const VERSION_0 = Buffer.from('020100', 'hex')
const NO_ATTRIBUTES = Buffer.from('a000', 'hex')

/** A new P-256 key as PKCS#8 PEM. It is made here and never leaves the host. */
export function createKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** A PEM certificate request for this key. Its subject means nothing: the controller chooses every name. */
export function createCertificateRequest(keyPem: string): string {
  const key = createPrivateKey(keyPem)
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(0x0c, Buffer.from('holdfast-agent')))))
  const info = der(SEQUENCE, VERSION_0, subject, publicKey, NO_ATTRIBUTES)
  const signature = sign('sha256', info, { key, dsaEncoding: 'der' })
  const request = der(SEQUENCE, info, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature))
  const lines = request.toString('base64').replace(/(.{64})/g, '$1\n')
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.trimEnd()}\n-----END CERTIFICATE REQUEST-----\n`
}
