/** The sign-in service wants its own token with every form, besides the cookie. */
async function csrfToken(): Promise<string> {
  const answer = (await (await fetch('/api/auth/csrf', { cache: 'no-store' })).json()) as { csrfToken: string }
  return answer.csrfToken
}

async function post(path: string, fields: Record<string, string>): Promise<Response> {
  return fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...fields, csrfToken: await csrfToken(), json: 'true' }),
  })
}

export async function signOut() {
  await post('/api/auth/signout', { callbackUrl: '/sign-in' })
  window.location.assign('/sign-in')
}

export interface SignInAnswer {
  ok: boolean
  /** The password was right, and a code is asked for besides. */
  needsCode?: boolean
  /** Words to show. */
  message?: string
}

/** What went wrong with single sign-on, by the codes of next-auth (`OAuth…`, `Callback`) and ours (`Oidc…`). */
function singleSignOnInWords(error: string, name: string): string | undefined {
  const words: Record<string, string> = {
    OAuthSignin: `Signing in with ${name} does not work at the moment: it does not answer. Try again later, or use a password.`,
    OAuthCallback: `Signing in with ${name} was not completed: it took too long, was used already, or was not confirmed. Try again.`,
    Callback: `Signing in with ${name} was refused there or cancelled. Try again.`,
    OidcOtherIssuer: `The answer came from another issuer than the one set for ${name}. Ask an administrator.`,
    OidcNotSetUp: 'Holdfast is not set up yet. Open the setup link that it printed when it started.',
    OidcNoRole: `You have no role in Holdfast. Ask an administrator to give you one at ${name}.`,
    OidcNoName: `Your name cannot be a user name in Holdfast. Ask an administrator to change it at ${name}.`,
    OidcNameTaken:
      'Holdfast has another user of your name, who is not you. Ask an administrator to delete one of the two.',
    OidcDisabled: 'Your user is disabled in Holdfast. Ask an administrator.',
  }
  return Object.hasOwn(words, error) ? words[error] : undefined
}

export function inWords(error: string, singleSignOn = 'single sign-on'): string {
  const seconds = /^RateLimited:(\d+)$/.exec(error)?.[1]
  if (seconds) return `Too many failed tries. Try again in ${Math.max(1, Math.ceil(Number(seconds) / 60))} min.`
  if (error === 'CredentialsSignin') return 'The name or the password is wrong.'
  if (error === 'SecondFactorWrong') return 'This code is not right, or was used already. Try the next one.'
  if (error === 'PasskeyRefused')
    return 'This passkey was not accepted. It may have been removed; sign in in another way.'
  const words = singleSignOnInWords(error, singleSignOn)
  if (words) return words
  return 'Signing in does not work at the moment. Look at the log of the web process.'
}

/** Never says which of the two was wrong. The password is sent again with the code: nothing is kept in between. */
export async function signIn(username: string, password: string, code?: string): Promise<SignInAnswer> {
  const fields = { username, password, ...(code === undefined ? {} : { code }), callbackUrl: '/' }
  return answerOf(await post('/api/auth/callback/credentials', fields))
}

/** `response` is what the device has answered, as JSON. */
export async function signInWithPasskey(response: string): Promise<SignInAnswer> {
  return answerOf(await post('/api/auth/callback/passkey', { response, callbackUrl: '/' }))
}

async function answerOf(response: Response): Promise<SignInAnswer> {
  const answer = (await response.json().catch(() => ({}))) as { url?: string }
  const error = answer.url ? new URL(answer.url, window.location.href).searchParams.get('error') : null
  if (response.ok && !error) return { ok: true }
  if (error === 'SecondFactorNeeded') return { ok: false, needsCode: true }
  return { ok: false, message: inWords(error ?? (response.status === 401 ? 'CredentialsSignin' : '')) }
}

/** Where to send the browser: to the identity provider, or back here with what went wrong. The page's policy forbids a plain form. */
export async function beginSingleSignOn(next: string): Promise<string> {
  const response = await post('/api/auth/signin/oidc', { callbackUrl: next })
  const { url } = (await response.json()) as { url?: string }
  return url ?? '/sign-in?error=Unavailable'
}
