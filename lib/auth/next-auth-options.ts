import type { AuthOptions, DefaultSession } from 'next-auth'
import type { JWT } from 'next-auth/jwt'
import credentialsProvider from 'next-auth/providers/credentials'
import { forgetActors } from '@/lib/auth/actor-cache'
import { knownDevice } from '@/lib/auth/known-device'
import { isRefused, logFailure, type Origin, oidcProvider } from '@/lib/auth/oidc-provider'
import { checkPasskey } from '@/lib/auth/passkey-sign-in'
import { sessionCookieName } from '@/lib/auth/session-cookie'
import { sessionSecret } from '@/lib/auth/session-secret'
import { ABSOLUTE_MS, actorOfSession, createSession, endSession, type SignedIn } from '@/lib/auth/sessions'
import { accountOf, checkCredentials } from '@/lib/auth/sign-in'
import { HoldfastError } from '@/lib/errors'
import { addressOf } from '@/lib/http/request'
import type { Runtime } from '@/lib/http/runtime'

/** What `authorize` and `profile` hand to `jwt`. */
interface SigningIn extends SignedIn, Origin {
  via?: NonNullable<Parameters<typeof createSession>[1]['via']>
  /** Of the session that was made already. */
  sid?: string
}

declare module 'next-auth/jwt' {
  interface JWT {
    /** Id of the session row; whether it is live is looked up on every request. */
    sid?: string
  }
}

/**
 * next-auth configured for this installation: a cookie that carries a session id, and a row per session. `onPassword` is called with
 * the account that has just signed in by its password.
 */
export function authOptions(
  { env, log }: Runtime,
  headers: Headers,
  onPassword: (account: string) => void = () => {},
): AuthOptions {
  const isSecure = env.publicUrl.startsWith('https://')
  // next-auth builds its URLs from this alone.
  process.env.NEXTAUTH_URL = env.publicUrl
  return {
    secret: sessionSecret(env),
    useSecureCookies: isSecure,
    session: { strategy: 'jwt', maxAge: ABSOLUTE_MS / 1000 },
    pages: { signIn: '/sign-in', error: '/sign-in' },
    cookies: {
      sessionToken: {
        name: sessionCookieName(env.publicUrl),
        options: { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure },
      },
    },
    providers: [
      credentialsProvider({
        name: 'Password',
        credentials: {
          username: { label: 'User name' },
          password: { label: 'Password', type: 'password' },
          code: { label: 'Code' },
        },
        authorize: (credentials, request) => signIn(credentials, new Headers(headersOf(request.headers)), { env, log }),
      }),
      credentialsProvider({
        id: 'passkey',
        name: 'Passkey',
        credentials: { response: { label: 'Answer of the device' } },
        authorize: (credentials, request) =>
          signInWithPasskey(credentials, new Headers(headersOf(request.headers)), { env, log }),
      }),
      ...(env.oidc ? [oidcProvider(env.oidc, { log, ...originOf(headers) })] : []),
    ],
    callbacks: {
      signIn: ({ user }) =>
        isRefused(user) ? `${env.publicUrl}/sign-in?error=${encodeURIComponent(user.refused)}` : true,
      redirect: ({ url, baseUrl }) => localAddress(url, baseUrl),
      jwt: async ({ token, user }) => {
        const signingIn = user as SigningIn | undefined
        const kept = await keepOrRefuse(token, signingIn)
        if (signingIn && signingIn.via !== 'single sign-on') onPassword(signingIn.username)
        return kept
      },
      session: async ({ session, token }) => ({
        ...session,
        user: { name: token.name ?? null } satisfies DefaultSession['user'],
      }),
    },
    events: {
      signOut: async ({ token }) => {
        if (typeof token?.sid === 'string') await endSession(token.sid)
        forgetActors()
      },
    },
    logger: {
      error: (code, given) => env.oidc && logFailure(log, env.oidc, code, given),
      warn: () => {},
      debug: () => {},
    },
  }
}

/** Only to a place in this console: an address in a link must not lead elsewhere. */
function localAddress(url: string, baseUrl: string): string {
  const target = URL.canParse(url, baseUrl) ? new URL(url, baseUrl) : undefined
  return target && target.origin === new URL(baseUrl).origin ? target.href : baseUrl
}

function originOf(headers: Headers): Origin {
  const address = addressOf(headers)
  const userAgent = headers.get('user-agent')
  return { ...(address === undefined ? {} : { address }), ...(userAgent === null ? {} : { userAgent }) }
}

function headersOf(headers: Record<string, unknown> | undefined): Record<string, string> {
  const texts = Object.entries(headers ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(texts)
}

/**
 * The message of an error becomes `?error=` on the sign-in page: `CredentialsSignin`, `SecondFactorNeeded`, `SecondFactorWrong`, or
 * `RateLimited` with the seconds; with a passkey `PasskeyRefused`.
 */
async function signIn(
  given: Partial<Record<'username' | 'password' | 'code', string>> | undefined,
  headers: Headers,
  { env, log }: Runtime,
): Promise<SigningIn | null> {
  if (typeof given?.username !== 'string' || typeof given.password !== 'string') return null
  const origin = originOf(headers)
  try {
    const device = knownDevice(headers.get('cookie'), accountOf(given.username), env)
    const user = await checkCredentials({
      username: given.username,
      password: given.password,
      code: typeof given.code === 'string' ? given.code : undefined,
      address: origin.address,
      device,
    })
    if (!user) return null
    const { second, ...who } = user
    return await begin({ ...who, ...origin, ...(second ? { via: `password and ${second}` as const } : {}) })
  } catch (error) {
    throw refusal(error, log)
  }
}

async function signInWithPasskey(
  given: Partial<Record<'response', string>> | undefined,
  headers: Headers,
  { log }: Runtime,
): Promise<SigningIn> {
  const origin = originOf(headers)
  let signedIn: SigningIn | null
  try {
    const user = await checkPasskey(jsonOf(given?.response), { address: origin.address })
    signedIn = user && (await begin({ ...user, ...origin, via: 'passkey' }))
  } catch (error) {
    throw refusal(error, log)
  }
  if (!signedIn) throw new Error('PasskeyRefused')
  return signedIn
}

/** Makes the session here and not when its cookie is made: what is refused there would be an error of the server. */
async function begin(user: SigningIn): Promise<SigningIn | null> {
  const session = await createSession(user, user)
  return session && { ...user, sid: session.id }
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

function refusal(error: unknown, log: Runtime['log']): Error {
  const word = refusalOf(error)
  if (word === 'Unavailable') log.error('sign-in failed', { detail: String(error) })
  return new Error(word, { cause: error })
}

function refusalOf(error: unknown): string {
  if (!(error instanceof HoldfastError)) return 'Unavailable'
  if (error.code === 'rate_limited') return `RateLimited:${error.details?.retry_after}`
  const step = error.details?.second_factor
  if (step === 'needed') return 'SecondFactorNeeded'
  return step === 'wrong' ? 'SecondFactorWrong' : 'Unavailable'
}

async function keepOrRefuse(token: JWT, user: SigningIn | undefined): Promise<JWT> {
  if (user) {
    const sid = user.sid ?? (await createSession(user, user))?.id
    if (sid !== undefined) return { sub: user.id, name: user.username, sid }
  }
  const actor = typeof token.sid === 'string' ? await actorOfSession(token.sid) : null
  // next-auth then takes the cookie away.
  if (!actor) throw new Error('The session has ended.')
  return token
}
