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
  /** Words to show. */
  message?: string
}

function inWords(error: string): string {
  const seconds = /^RateLimited:(\d+)$/.exec(error)?.[1]
  if (seconds) return `Too many failed tries. Try again in ${Math.max(1, Math.ceil(Number(seconds) / 60))} min.`
  if (error === 'CredentialsSignin') return 'The name or the password is wrong.'
  return 'Signing in does not work at the moment. Look at the log of the web process.'
}

/** Never says which of the two was wrong. */
export async function signIn(username: string, password: string): Promise<SignInAnswer> {
  const response = await post('/api/auth/callback/credentials', { username, password, callbackUrl: '/' })
  const answer = (await response.json().catch(() => ({}))) as { url?: string }
  const error = answer.url ? new URL(answer.url, window.location.href).searchParams.get('error') : null
  if (response.ok && !error) return { ok: true }
  return { ok: false, message: inWords(error ?? (response.status === 401 ? 'CredentialsSignin' : '')) }
}
