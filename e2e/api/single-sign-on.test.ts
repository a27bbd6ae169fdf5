import { readFileSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CookieBrowser } from '@/e2e/support/cookie-browser'
import { CLIENT, IdentityProvider, type Person } from '@/e2e/support/identity-provider'
import { freePorts, Product } from '@/e2e/support/product'
import type { AuditView } from '@/lib/audit/schema'
import type { UserView } from '@/lib/users/schema'

const SESSION = 'holdfast.session'
const ADMIN = { username: 'local-admin', password: 'correct-horse-battery' }
const ADA: Person = { sub: 'id-ada', preferred_username: 'Ada', name: 'Ada Lovelace', groups: ['staff', 'ops'] }

describe('single sign-on with a real OpenID provider', () => {
  let product: Product
  let provider: IdentityProvider
  const seen: string[] = []

  beforeAll(async () => {
    const port = await freePorts()
    provider = await IdentityProvider.start(`http://127.0.0.1:${port}/api/auth/callback/oidc`)
    const env = {
      HOLDFAST_LOG_LEVEL: 'debug',
      HOLDFAST_OIDC_ISSUER: provider.issuer,
      HOLDFAST_OIDC_CLIENT_ID: CLIENT.id,
      HOLDFAST_OIDC_CLIENT_SECRET: CLIENT.secret,
      HOLDFAST_OIDC_NAME: 'Example ID',
      HOLDFAST_OIDC_SCOPES: 'openid profile email groups',
      HOLDFAST_OIDC_ADMINS: 'storage-admins',
      HOLDFAST_OIDC_OPERATORS: 'ops',
      HOLDFAST_OIDC_VIEWERS: 'staff',
    }
    product = await Product.create({ port, env })
    const started = await product.start()
    if (started.code !== 0) throw new Error(started.stderr)
    await product.signIn()
  })

  afterAll(async () => {
    await provider.stop()
    await product.dispose()
  })

  const isCallback = (url: string) => url.startsWith(`${product.url}/api/auth/callback/`)

  const webLog = () => readFileSync(path.join(product.stateDir, 'log/web.log'), 'utf8')

  /** Presses the button; the address of the identity provider, or of the page that says why not. */
  async function begin(browser: CookieBrowser, next = '/'): Promise<string> {
    const { csrfToken } = (await (await browser.fetch(`${product.url}/api/auth/csrf`)).json()) as { csrfToken: string }
    const form = { csrfToken, callbackUrl: next, json: 'true' }
    const text = await (await browser.fetch(`${product.url}/api/auth/signin/oidc`, form)).text()
    seen.push(text)
    return (JSON.parse(text) as { url: string }).url
  }

  /** Up to the moment in which the identity provider sends the browser back. */
  async function authorised(browser: CookieBrowser, next?: string): Promise<string> {
    const back = await browser.follow(await begin(browser, next), isCallback)
    expect(isCallback(back.url), back.html).toBe(true)
    return back.url
  }

  async function land(browser: CookieBrowser, callback: string): Promise<{ url: string; html: string }> {
    const page = await browser.follow(callback)
    seen.push(page.url, page.html)
    return page
  }

  async function signIn(person: Person, browser = new CookieBrowser()): Promise<CookieBrowser> {
    provider.become(person)
    const { url } = await land(browser, await authorised(browser))
    expect(url).toBe(`${product.url}/`)
    return browser
  }

  /** The sign-in page on which somebody ends who does not come in. */
  async function refused(person: Person): Promise<{ error: string | null; html: string }> {
    provider.become(person)
    const browser = new CookieBrowser()
    const { url, html } = await land(browser, await authorised(browser))
    expect(browser.jar(product.url).has(SESSION)).toBe(false)
    return { error: new URL(url).searchParams.get('error'), html }
  }

  async function account(browser: CookieBrowser): Promise<{ status: number; body: unknown }> {
    const answer = await browser.fetch(`${product.url}/api/v1/account`)
    return { status: answer.status, body: await answer.json() }
  }

  async function userNamed(username: string): Promise<UserView> {
    const { body } = await product.request<{ data: UserView[] }>('GET', '/api/v1/users')
    const found = body.data.find((user) => user.username === username)
    if (!found) throw new Error(`there is no user ${username}`)
    return found
  }

  test('the first administrator is still made with the setup link', async () => {
    const page = await new CookieBrowser().follow(`${product.url}/sign-in`)
    expect(page.html).not.toContain('Example ID')
    const { error, html } = await refused({ ...ADA, groups: ['storage-admins'] })
    expect(error).toBe('OidcNotSetUp')
    expect(html).toContain('Open the setup link')
    const args = ['admin', 'create', '--username', ADMIN.username, '--password-stdin']
    const made = await product.cli(args, `${ADMIN.password}\n`)
    expect(made.code, made.stderr).toBe(0)
    expect((await new CookieBrowser().follow(`${product.url}/sign-in`)).html).toContain('Example ID')
  })

  test('a person with a mapped role comes in, with PKCE, state and nonce, to the page they wanted', async () => {
    provider.become(ADA)
    const browser = new CookieBrowser()
    const address = new URL(await begin(browser, '/mounts?state=error'))
    expect(address.origin).toBe(provider.issuer)
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      redirect_uri: `${product.url}/api/auth/callback/oidc`,
    })
    const back = await browser.follow(address.href, isCallback)
    const response = await browser.fetch(back.url)
    expect(response.headers.get('location')).toBe(`${product.url}/mounts?state=error`)
    const cookie = response.headers.getSetCookie().find((text) => text.startsWith(`${SESSION}=`))
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Lax/)
    expect(await account(browser)).toMatchObject({ status: 200, body: { data: { name: 'ada', role: 'operator' } } })
    expect(await userNamed('ada')).toMatchObject({ sign_in: 'single_sign_on', display_name: 'Ada Lovelace' })
    expect((await browser.follow(`${product.url}/settings/account`)).html).not.toContain('Current password')
  })

  test.each(['https://evil.example.org/', '//evil.example.org', '/\\evil.example.org', 'javascript:alert(1)'])(
    'is not led to %s',
    async (next) => {
      provider.become(ADA)
      const browser = new CookieBrowser()
      const response = await browser.fetch(await authorised(browser, next))
      expect(new URL(response.headers.get('location') ?? '').origin).toBe(product.url)
      expect((await account(browser)).status).toBe(200)
    },
  )

  test('somebody without a mapped role is refused in plain words', async () => {
    for (const groups of [['cleaning'], [], undefined]) {
      const { error, html } = await refused({ sub: 'id-eve', preferred_username: 'eve', ...(groups && { groups }) })
      expect(error).toBe('OidcNoRole')
      expect(html).toContain('You have no role in Holdfast')
    }
    await expect(userNamed('eve')).rejects.toThrow('no user')
  })

  test('a changed role counts at the next sign-in, and a lost one ends the sessions', async () => {
    const joan = { sub: 'id-joan', preferred_username: 'joan', groups: ['staff'] }
    const first = await signIn(joan)
    expect((await account(first)).body).toMatchObject({ data: { role: 'viewer' } })
    const second = await signIn({ ...joan, preferred_username: 'renamed', groups: ['staff', 'storage-admins'] })
    expect((await account(second)).body).toMatchObject({ data: { name: 'joan', role: 'admin' } })
    expect((await account(first)).status).toBe(401)
    expect((await refused({ ...joan, groups: [] })).error).toBe('OidcNoRole')
    await expect.poll(async () => (await account(second)).status).toBe(401)
  })

  test('a user of the same name is never taken over', async () => {
    const { error, html } = await refused({
      sub: 'id-impostor',
      preferred_username: ADMIN.username,
      email: 'ada',
      groups: ['storage-admins'],
    })
    expect(error).toBe('OidcNameTaken')
    expect(html).toContain('another user of your name')
    expect(await userNamed(ADMIN.username)).toMatchObject({ sign_in: 'password', last_sign_in_at: null })
    const second = await refused({ sub: 'id-other-ada', preferred_username: 'ada', groups: ['ops'] })
    expect(second.error).toBe('OidcNameTaken')
  })

  test('an answer counts once, for the browser and the attempt it was made for', async () => {
    provider.become(ADA)
    const outcome = async (browser: CookieBrowser, callback: string) => {
      const { url } = await land(browser, callback)
      return { error: new URL(url).searchParams.get('error'), signedIn: browser.jar(product.url).has(SESSION) }
    }
    const failed = { error: 'OAuthCallback', signedIn: false }
    const mine = new CookieBrowser()
    const answer = await authorised(mine)
    // Somebody else's browser, which did not ask.
    expect(await outcome(new CookieBrowser(), answer)).toEqual(failed)
    // The state was changed on the way.
    const forged = new URL(answer)
    forged.searchParams.set('state', 'x'.repeat(43))
    expect(await outcome(mine, forged.href)).toEqual(failed)
    const before = new Map(mine.jar(product.url))
    expect(await outcome(mine, answer)).toEqual({ error: null, signedIn: true })
    // Again: without the cookies, which are gone, and with a copy of them.
    mine.jar(product.url).delete(SESSION)
    expect(await outcome(mine, answer)).toEqual(failed)
    for (const [name, value] of before) mine.jar(product.url).set(name, value)
    expect(await outcome(mine, answer)).toEqual(failed)

    // The nonce of another attempt: the ID token was not made for this one.
    const [one, other] = [new CookieBrowser(), new CookieBrowser()]
    const earlier = await authorised(one)
    await authorised(other)
    one.jar(product.url).set('next-auth.nonce', other.jar(product.url).get('next-auth.nonce') ?? '')
    expect(await outcome(one, earlier)).toEqual(failed)

    const reasons = ['State cookie was missing', 'state mismatch', 'invalid_grant', 'nonce mismatch']
    await expect.poll(() => reasons.filter((reason) => !webLog().includes(reason))).toEqual([])
  })

  test('a sign-in that the identity provider refuses is told', async () => {
    const browser = new CookieBrowser()
    await begin(browser)
    const { url, html } = await land(browser, `${product.url}/api/auth/callback/oidc?error=access_denied&state=x`)
    expect(new URL(url).searchParams.get('error')).toBe('Callback')
    expect(html).toContain('refused there or cancelled')
  })

  test('a revoked session is cut off, a disabled user stays out, and neither has a password', async () => {
    const browser = await signIn(ADA)
    const { id } = await userNamed('ada')
    expect((await product.request('POST', `/api/v1/users/${id}/revoke-sessions`, {})).status).toBe(200)
    expect((await account(browser)).status).toBe(401)
    const change = (body: object) => product.request('PATCH', `/api/v1/users/${id}`, body)
    expect((await change({ role: 'admin' })).status).toBe(400)
    expect((await change({ password: 'a-long-enough-password' })).status).toBe(400)
    expect((await change({ disabled: true })).status).toBe(200)
    expect((await refused(ADA)).error).toBe('OidcDisabled')
    expect((await change({ disabled: false })).status).toBe(200)
    expect((await account(await signIn(ADA))).status).toBe(200)
    const { body } = await product.request<{ data: AuditView[] }>('GET', `/api/v1/audit?target_id=${id}`)
    const actions = body.data.map((entry) => `${entry.action} ${entry.result}`)
    expect(actions).toContain('user.created success')
    expect(actions).toContain('session.refused failure')
    const sessions = await product.request<{ data: AuditView[] }>('GET', '/api/v1/audit?action=session.created')
    expect(sessions.body.data[0]).toMatchObject({ actor: { name: 'ada' }, change: { via: 'single sign-on' } })
  })

  test('an identity provider that is down is named as such; passwords go on, and the log says why', async () => {
    await provider.stop()
    const browser = new CookieBrowser()
    const { url, html } = await land(browser, await begin(browser))
    expect(new URL(url).pathname).toBe('/sign-in')
    expect(html).toContain('Signing in with Example ID does not work at the moment')
    await expect.poll(webLog).toMatch(/single sign-on failed.*SIGNIN_OAUTH_ERROR.*ECONNREFUSED/)
    expect(webLog()).toMatch(/single sign-on refused.*OidcNameTaken/)
    const { csrfToken } = (await (await browser.fetch(`${product.url}/api/auth/csrf`)).json()) as { csrfToken: string }
    await browser.fetch(`${product.url}/api/auth/callback/credentials`, { ...ADMIN, csrfToken, json: 'true' })
    expect(await account(browser)).toMatchObject({ status: 200, body: { data: { role: 'admin' } } })
  })

  test('the client secret is in no answer, no page, no log and no file', async () => {
    seen.push(await (await fetch(`${product.url}/api/auth/providers`)).text())
    for (const entry of await readdir(product.stateDir, { withFileTypes: true, recursive: true })) {
      if (entry.isFile()) seen.push(await readFile(path.join(entry.parentPath, entry.name), 'latin1'))
    }
    const basic = Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')
    expect(seen.filter((text) => text.includes(CLIENT.secret) || text.includes(basic))).toEqual([])
  })
})

describe('single sign-on that is half set up', () => {
  test.each([
    [
      { HOLDFAST_OIDC_ISSUER: 'https://id.example.org' },
      /HOLDFAST_OIDC_CLIENT_ID is missing.*CLIENT_SECRET is missing/,
    ],
    [
      {
        HOLDFAST_OIDC_ISSUER: 'https://id.example.org',
        HOLDFAST_OIDC_CLIENT_ID: 'holdfast',
        HOLDFAST_OIDC_CLIENT_SECRET_FILE: '/nowhere/secret',
        HOLDFAST_OIDC_ADMINS: 'admins',
      },
      /HOLDFAST_OIDC_CLIENT_SECRET_FILE: \/nowhere\/secret cannot be read/,
    ],
  ])('does not start, and says what is missing: %o', async (env, message) => {
    const product = await Product.create({ env })
    const outcome = await product.start()
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toMatch(message)
    await rm(product.stateDir, { recursive: true, force: true })
  })
})
