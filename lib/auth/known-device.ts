import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readCookie } from '@/lib/auth/session-cookie'
import { sessionSecret } from '@/lib/auth/session-secret'
import type { Env } from '@/lib/env'

/** A browser is known for this long after it has signed in, in milliseconds. */
const LASTS_MS = 180 * 24 * 3_600_000

type Settings = Pick<Env, 'publicUrl' | 'stateDir' | 'authSecret'>

function cookieName(publicUrl: string): string {
  return publicUrl.startsWith('https://') ? '__Host-holdfast.device' : 'holdfast.device'
}

/** Good for one account and until then. The account is not in the cookie: who sends it names it anyway. */
function signature(account: string, id: string, until: number, env: Settings): Buffer {
  const key = createHmac('sha256', sessionSecret(env)).update('holdfast known device').digest()
  return createHmac('sha256', key).update(`${account}\n${id}\n${until}`).digest()
}

/**
 * The `Set-Cookie` of a browser in which this account has just signed in with its password. It lets nobody in: it only says that
 * wrong passwords from elsewhere do not count against this browser.
 */
export function knownDeviceCookie(account: string, env: Settings, now = Date.now()): string {
  const id = randomBytes(12).toString('base64url')
  const until = now + LASTS_MS
  const value = `${id}.${until}.${signature(account, id, until, env).toString('base64url')}`
  const secure = env.publicUrl.startsWith('https://') ? '; Secure' : ''
  return `${cookieName(env.publicUrl)}=${value}; Path=/; Max-Age=${LASTS_MS / 1000}; HttpOnly; SameSite=Strict${secure}`
}

/** Id of the device, if its cookie is ours and for this account; else undefined. */
export function knownDevice(
  cookies: string | null,
  account: string,
  env: Settings,
  now = Date.now(),
): string | undefined {
  const value = readCookie(cookies, cookieName(env.publicUrl))
  const [, id, until, given] = /^([\w-]{16})\.(\d{1,15})\.([\w-]{43})$/.exec(value ?? '') ?? []
  if (id === undefined || given === undefined || Number(until) < now) return undefined
  const isOurs = timingSafeEqual(Buffer.from(given, 'base64url'), signature(account, id, Number(until), env))
  return isOurs ? id : undefined
}
