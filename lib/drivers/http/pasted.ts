import type { TakenApart } from '@/lib/drivers/contract/taken-apart'
import { decoded } from '@/lib/drivers/pasted'

/** A sign-in in front of the server. A name alone may be a token: it stays where it is, and is refused there. */
const SIGN_IN = /^(?<scheme>https?:\/\/)(?<user>[^/?#:@]+):(?<password>[^/?#]+)@(?<rest>[^/?#@]+(?:[/?#].*)?)$/is

/** The path as servers want it: browsers show letters and spaces in the place of their codes. */
function encoded(address: string): string {
  return address.replace(/(?<=^https?:\/\/[^/?#]*\/.*)[^!-~]+/giu, (letters) => encodeURIComponent(letters))
}

/** An address with the user name and the password in front of the server, as browsers and scripts have it. */
export function takeHttpApart({ base_url: text }: Readonly<Record<string, unknown>>): TakenApart[] {
  if (typeof text !== 'string') return []
  const field = 'base_url'
  const { scheme, user, password, rest } = SIGN_IN.exec(text.trim())?.groups ?? {}
  const base_url = encoded(scheme === undefined ? text.trim() : `${scheme}${rest}`)
  if (user === undefined || password === undefined) return base_url === text ? [] : [{ field, gives: { base_url } }]
  return [{ field, gives: { base_url, auth_method: 'basic', username: decoded(user), password: decoded(password) } }]
}
