import { createHash, randomBytes } from 'node:crypto'

/** A new secret of 256 random bits: `<prefix>_` and 43 characters of base64url. Only its hash may be stored. */
export function newOpaqueToken(prefix: 'hf' | 'hfs' | 'hfj' | 'hfr'): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`
}

/** SHA-256, hex. Enough for a value with 256 random bits; a slow hash would only slow every request. */
export function hashOpaqueToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
