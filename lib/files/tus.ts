import { badField } from '@/lib/bad-field'
import { HoldfastError } from '@/lib/errors'

/** The version of the protocol that is spoken here: https://tus.io/protocols/resumable-upload */
export const TUS_VERSION = '1.0.0'
export const TUS_MEDIA_TYPE = 'application/offset+octet-stream'

/** Headers of every answer about an upload; what is offered besides is in `next.config.mjs`. */
export function tusHeaders(upload: {
  offset: number
  bytes: number
  expires_at: string | null
}): Record<string, string> {
  const { offset, bytes, expires_at: expires } = upload
  return {
    'Tus-Resumable': TUS_VERSION,
    'Cache-Control': 'no-store',
    'Upload-Offset': String(offset),
    'Upload-Length': String(bytes),
    ...(expires === null ? {} : { 'Upload-Expires': new Date(expires).toUTCString() }),
  }
}

/** Throws `precondition_failed` for another version of the protocol. Who names none is taken to mean this one. */
export function requireTus(headers: Headers): void {
  const version = headers.get('tus-resumable')
  if (version === null || version === TUS_VERSION) return
  throw new HoldfastError('precondition_failed', `tus ${version} is not spoken here; use ${TUS_VERSION}.`)
}

/** A number of bytes in a header. Throws `invalid_input`. */
export function bytesIn(headers: Headers, name: string): number {
  const text = headers.get(name)
  if (text !== null && /^\d{1,15}$/.test(text)) return Number(text)
  throw badField(name, `Send ${name}, a number of bytes.`)
}

/** `Upload-Metadata`: keys with values in base64, separated by commas. Throws `invalid_input`. */
export function parseMetadata(header: string | null): Map<string, string> {
  const found = new Map<string, string>()
  for (const pair of (header ?? '').split(',').map((part) => part.trim())) {
    if (pair === '') continue
    const [key = '', value = '', ...more] = pair.split(' ')
    if (more.length > 0 || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value))
      throw badField('Upload-Metadata', 'Each value is in base64, after its key and one space.')
    found.set(key, Buffer.from(value, 'base64').toString('utf8'))
  }
  return found
}

/** `Upload-Checksum`: an algorithm and a digest in base64; null: none was sent. Throws `invalid_input`. */
export function parseChecksum(header: string | null): { algorithm: 'sha1' | 'sha256' | 'md5'; digest: string } | null {
  if (header === null) return null
  const [, algorithm, digest = ''] = /^(sha1|sha256|md5) ([A-Za-z0-9+/]{20,64}={0,2})$/.exec(header) ?? []
  if (algorithm === 'sha1' || algorithm === 'sha256' || algorithm === 'md5') return { algorithm, digest }
  throw badField('Upload-Checksum', 'Send sha1, sha256 or md5, a space, and the digest in base64.')
}
