import { decodeJwt } from 'jose'
import type { OAuthConfig } from 'next-auth/providers/oauth'
import { type Claims, hasClaim, usernameOf } from '@/lib/auth/oidc-claims'
import { type OidcSettings, oidcClientSecret } from '@/lib/auth/oidc-settings'
import { type Refusal, signInWithClaims } from '@/lib/auth/oidc-sign-in'
import type { SignedIn } from '@/lib/auth/sessions'
import { HoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { reveal } from '@/lib/secret'

/** In the address of the callback: `/api/auth/callback/oidc`. */
export const OIDC_PROVIDER = 'oidc'
const ANSWER_MS = 10_000

/** From where somebody signs in. */
export interface Origin {
  address?: string
  userAgent?: string
}

/** What `profile` gives when nobody comes in; the text becomes `?error=` on the sign-in page. */
export interface NotSignedIn {
  id: string
  refused: Refusal | 'Unavailable' | `RateLimited:${number}`
}

/**
 * The authorization code flow with PKCE, state and nonce. next-auth and openid-client check the answer and the ID token's
 * signature, issuer, audience and time; what is left to decide here is who that is and what they may do.
 */
export function oidcProvider(settings: OidcSettings, { log, ...from }: Origin & { log: Log }): OAuthConfig<Claims> {
  return {
    id: OIDC_PROVIDER,
    name: settings.name,
    type: 'oauth',
    wellKnown: `${settings.issuer}/.well-known/openid-configuration`,
    clientId: settings.clientId,
    clientSecret: reveal(oidcClientSecret(settings)),
    authorization: { params: { scope: settings.scopes } },
    checks: ['pkce', 'state', 'nonce'],
    idToken: true,
    httpOptions: { timeout: ANSWER_MS },
    userinfo: {
      request: async ({ tokens, client }) => {
        const claims = decodeJwt<Claims>(tokens.id_token ?? '') as Claims
        const isEnough = hasClaim(claims, settings.roleClaim) && usernameOf(claims) !== null
        if (isEnough || !client.issuer.metadata.userinfo_endpoint) return claims
        // Many providers keep groups and names out of the ID token.
        const more = await client.userinfo(tokens.access_token ?? '')
        if (more.sub !== claims.sub) throw new Error('The ID token and userinfo speak of different people.')
        return { ...more, ...claims }
      },
    },
    profile: async (claims) => {
      try {
        const outcome = await signInWithClaims(settings, claims, from.address)
        if (!('refused' in outcome)) return { ...outcome, ...from, via: 'single sign-on' } as SignedIn
        log.warn('single sign-on refused', { reason: outcome.refused, subject: claims.sub, name: usernameOf(claims) })
        return refusal(claims, outcome.refused)
      } catch (error) {
        if (error instanceof HoldfastError && error.code === 'rate_limited') {
          return refusal(claims, `RateLimited:${Number(error.details?.retry_after ?? 60)}`)
        }
        log.error('single sign-on failed', { error })
        return refusal(claims, 'Unavailable')
      }
    },
  }
}

function refusal({ sub }: Claims, refused: NotSignedIn['refused']): NotSignedIn {
  return { id: sub, refused }
}

export function isRefused(user: object): user is NotSignedIn {
  return 'refused' in user
}

/**
 * next-auth's own word on a flow that broke: the identity provider does not answer, or the answer does not fit. It goes to the
 * log without the stack and without the client secret. `/api/auth/_log` reaches this too, but has no errors to give.
 */
export function logFailure(log: Log, settings: OidcSettings, code: string, given: unknown): void {
  if (!code.includes('OAUTH')) return
  const error = given instanceof Error ? given : (given as { error?: unknown } | undefined)?.error
  if (!(error instanceof Error)) return
  const secret = reveal(oidcClientSecret(settings))
  const reason = `${error.name}: ${error.message || (error as NodeJS.ErrnoException).code}`
  log.error('single sign-on failed', { code, reason: reason.replaceAll(secret, '***').slice(0, 500) })
}
