import { decode } from 'next-auth/jwt'
import { sessionSecret } from '@/lib/auth/session-secret'
import type { Env } from '@/lib/env'

/** `__Host-`: only over https, only this host, never from a subdomain. Plain http (a first try on loopback) cannot have it. */
export function sessionCookieName(publicUrl: string): string {
  return publicUrl.startsWith('https://') ? '__Host-holdfast.session' : 'holdfast.session'
}

export function readCookie(header: string | null, name: string): string | undefined {
  if (header === null) return undefined
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}

/** Opening a cookie costs a key derivation and a decryption; the same cookie always holds the same session id. */
const opened = new Map<string, string>()
const MAX_OPENED = 2_000

/** The session id inside the cookie; undefined without a cookie, or with one that is not ours. Whether it is live is the database's to say. */
export async function sessionIdOf(
  cookieHeader: string | null,
  env: Pick<Env, 'publicUrl' | 'stateDir' | 'authSecret'>,
): Promise<string | undefined> {
  const cookie = readCookie(cookieHeader, sessionCookieName(env.publicUrl))
  if (!cookie) return undefined
  const known = opened.get(cookie)
  if (known !== undefined) return known
  const token = await decode({ token: cookie, secret: sessionSecret(env) }).catch(() => null)
  const sessionId = token?.sid
  if (typeof sessionId !== 'string') return undefined
  if (opened.size >= MAX_OPENED) opened.clear()
  opened.set(cookie, sessionId)
  return sessionId
}
