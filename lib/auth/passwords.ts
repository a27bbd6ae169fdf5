import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { HoldfastError } from '@/lib/errors'

const derive = promisify(argon2) as (algorithm: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>

/** OWASP's second recommended setting: 19 MiB, 2 passes, 1 lane; about 45 ms on a small machine. */
const MEMORY_KIB = 19_456
const PASSES = 2
const LANES = 1
const TAG_BYTES = 32

/** At most this many at once, so that a flood of sign-ins cannot take all memory and every core. */
const MAX_AT_ONCE = 2
let running = 0
const waiting: (() => void)[] = []
/** More than these wait for nothing good. */
const MAX_WAITING = 100

async function derived(
  password: string,
  salt: Buffer,
  memory: number,
  passes: number,
  parallelism: number,
): Promise<Buffer> {
  if (waiting.length >= MAX_WAITING) {
    throw new HoldfastError('rate_limited', 'Too many people sign in at this moment; try again shortly.', {
      details: { retry_after: 5 },
    })
  }
  if (running >= MAX_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
  running++
  try {
    const message = Buffer.from(password.normalize('NFKC'), 'utf8')
    return await derive('argon2id', { message, nonce: salt, parallelism, tagLength: TAG_BYTES, memory, passes })
  } finally {
    running--
    waiting.shift()?.()
  }
}

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')

/** argon2id as a PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const tag = await derived(password, salt, MEMORY_KIB, PASSES, LANES)
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(salt)}$${base64(tag)}`
}

/** Stored for somebody who has no password. It matches none. */
export const NO_PASSWORD = '!'

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})$/

/** A stored text that is not ours, such as `NO_PASSWORD`, never matches. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, memory, passes, lanes, salt, tag] = PHC.exec(stored) ?? []
  if (!memory || !passes || !lanes || !salt || !tag) {
    await spendTime(password)
    return false
  }
  const found = await derived(password, Buffer.from(salt, 'base64'), Number(memory), Number(passes), Number(lanes))
  return timingSafeEqual(found, Buffer.from(tag, 'base64'))
}

/** Takes as long as a real check, so that an unknown account cannot be told from a wrong password by time. */
export async function spendTime(password: string): Promise<void> {
  await derived(password, Buffer.alloc(16), MEMORY_KIB, PASSES, LANES)
}
