import { isIP } from 'node:net'

/** Where passkeys of this installation are good: a device binds each to this name and never shows it to another. */
export type PasskeyPlace = { rpId: string; origin: string } | { problem: string }

/** Browsers have passkeys over HTTPS alone, besides `localhost`, and for names alone, not for IP addresses. */
export function passkeyPlace(publicUrl: string): PasskeyPlace {
  const { protocol, hostname, origin } = new URL(publicUrl)
  const named = `This console is set up for ${origin}.`
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) {
    return { problem: `Passkeys belong to a name, and not to an IP address. ${named}` }
  }
  if (protocol !== 'https:' && hostname !== 'localhost' && !hostname.endsWith('.localhost')) {
    return { problem: `Passkeys work over HTTPS alone. ${named}` }
  }
  return { rpId: hostname, origin }
}
