import type { OidcSettings } from '@/lib/auth/oidc-settings'
import { type Role, Username } from '@/lib/users/schema'

/** What the identity provider says about a person. `iss` and `sub` together name the person for good. */
export interface Claims {
  iss: string
  sub: string
  [name: string]: unknown
}

/** A claim of exactly this name, or else the place that its dots lead to. */
function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  return name
    .split('.')
    .reduce<unknown>(
      (inner, key) =>
        typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
          ? (inner as Record<string, unknown>)[key]
          : undefined,
      claims,
    )
}

export function hasClaim(claims: Claims, name: string): boolean {
  return claimAt(claims, name) !== undefined
}

/** The highest role that a value of the claim gives (one text, or a list of them); null for none. */
export function roleOf(claims: Claims, { roleClaim, values }: OidcSettings): Role | null {
  const held = [claimAt(claims, roleClaim)].flat()
  return (['admin', 'operator', 'viewer'] as const).find((role) => values[role].some((v) => held.includes(v))) ?? null
}

/** The first of user name, e-mail address and subject that can be a name here; null when none can. It identifies nobody. */
export function usernameOf(claims: Claims): string | null {
  for (const name of ['preferred_username', 'email', 'sub']) {
    const parsed = Username.safeParse(claims[name])
    if (parsed.success) return parsed.data
  }
  return null
}

export function displayNameOf(claims: Claims): string | null {
  const name = typeof claims.name === 'string' ? claims.name.trim().slice(0, 100) : ''
  return name === '' ? null : name
}
