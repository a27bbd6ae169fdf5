import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** RFC 6238 as every app speaks it: SHA-1, six digits, steps of 30 seconds. Other settings are ignored by some of them. */
const STEP_SECONDS = 30
const DIGITS = 6
/** Clocks may differ by one step in either direction. */
const DRIFT = 1

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A new secret of 160 bits, in base 32 as apps take it: 32 characters. */
export function newTotpSecret(): string {
  return [...randomBytes(32)].map((byte) => BASE32[byte & 31]).join('')
}

/** The step that this moment belongs to. */
export function stepOf(now: Date): number {
  return Math.floor(now.getTime() / 1000 / STEP_SECONDS)
}

/** The code that an app with this secret shows during this step. */
export function codeAt(secret: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', fromBase32(secret)).update(counter).digest()
  const at = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 10 ** DIGITS).padStart(DIGITS, '0')
}

/** The step whose code this is, at most one away from now and newer than `after`; else undefined. */
export function matchingStep(secret: string, code: string, now: Date, after: number): number | undefined {
  const given = Buffer.from(code)
  const current = stepOf(now)
  let found: number | undefined
  for (let step = current - DRIFT; step <= current + DRIFT; step++) {
    const right = Buffer.from(codeAt(secret, step))
    const isRight = given.length === right.length && timingSafeEqual(given, right)
    if (isRight && step > after) found ??= step
  }
  return found
}

/** What a QR code holds, as apps read it. `place` tells one installation from another. */
export function otpauthUri(secret: string, username: string, place: string): string {
  const issuer = `Holdfast ${place}`
  const query = new URLSearchParams({ secret, issuer }).toString().replaceAll('+', '%20')
  return `otpauth://totp/${encodeURIComponent(issuer)}:${encodeURIComponent(username)}?${query}`
}

function fromBase32(text: string): Buffer {
  const bytes: number[] = []
  let value = 0
  let bits = 0
  for (const char of text) {
    value = ((value << 5) | BASE32.indexOf(char)) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((value >> bits) & 0xff)
  }
  return Buffer.from(bytes)
}
