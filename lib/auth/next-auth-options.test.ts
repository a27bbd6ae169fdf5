import nextAuth from 'next-auth'
import { describe, expect, it } from 'vitest'
import { GET as getAccount } from '@/app/api/v1/account/route'
import { authOptions } from '@/lib/auth/next-auth-options'
import { hashPassword } from '@/lib/auth/passwords'
import { codeAt, newTotpSecret, stepOf } from '@/lib/auth/totp'
import { sealForWeb } from '@/lib/auth/web-seal'
import { readEnv } from '@/lib/env'
import { newId } from '@/lib/ids'
import { createLog } from '@/lib/log'
import { Secret } from '@/lib/secret'
import { useTestApi } from '@/testing/api'
import { useTestDatabase } from '@/testing/database'

const PASSWORD = 'correct horse battery'

interface Answer {
  status: number
  body: unknown
  cookies: string[]
}

describe('sign-in with next-auth', () => {
  const database = useTestDatabase()
  const api = useTestApi(database)
  const jar = new Map<string, string>()

  /** next-auth as it runs behind `/api/auth/*`, without Next's request scope around it. */
  async function send(method: string, action: string[], form: Record<string, string> = {}): Promise<Answer> {
    const answer: Answer = { status: 200, body: undefined, cookies: [] }
    const response = {
      status(code: number) {
        answer.status = code
        return response
      },
      getHeader: () => answer.cookies,
      setHeader(name: string, value: string | string[]) {
        if (name.toLowerCase() === 'set-cookie') answer.cookies = [value].flat()
        return response
      },
      json: (body: unknown) => {
        answer.body = body
      },
      send: (body: unknown) => {
        answer.body = body
      },
      end: () => {},
    }
    const headers = { 'user-agent': 'test', 'x-forwarded-for': '192.0.2.7' }
    const request = { method, query: { nextauth: action }, body: form, headers, cookies: Object.fromEntries(jar) }
    const handler = nextAuth as unknown as (...given: unknown[]) => Promise<void>
    await handler(request, response, authOptions({ env: api.env, log: createLog('web') }, new Headers(headers)))
    for (const cookie of answer.cookies) {
      const [pair = '', ...attributes] = cookie.split('; ')
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      if (attributes.includes('Max-Age=0') || value === '') jar.delete(name)
      else jar.set(name, decodeURIComponent(value))
    }
    return answer
  }

  async function signIn(password: string, more: Record<string, string> = {}): Promise<Answer> {
    const { csrfToken } = (await send('GET', ['csrf'])).body as { csrfToken: string }
    return send('POST', ['callback', 'credentials'], { csrfToken, username: 'Ada', password, ...more, json: 'true' })
  }

  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const account = () => api.call('nobody', getAccount, 'GET', { headers: { cookie: cookie() } })

  it('signs in, keeps a session row, and signs out for good', async () => {
    const id = newId('user')
    const passwordHash = await hashPassword(PASSWORD)
    await database.prisma.user.create({ data: { id, username: 'ada', role: 'operator', passwordHash } })

    expect((await signIn('wrong')).body).toMatchObject({ url: expect.stringContaining('error=CredentialsSignin') })
    expect(jar.has('holdfast.session')).toBe(false)
    const good = await signIn(PASSWORD)
    expect(good.status).toBe(200)
    const set = good.cookies.find((text) => text.startsWith('holdfast.session='))
    expect(set).toMatch(/HttpOnly/)
    expect(set).toMatch(/SameSite=Lax/)
    expect((await account()).body).toMatchObject({ data: { id, name: 'ada', role: 'operator' } })
    const [session] = await database.prisma.session.findMany()
    expect(session).toMatchObject({ userId: id, address: '192.0.2.7', userAgent: 'test' })
    expect((await send('GET', ['session'])).body).toMatchObject({ user: { name: 'ada' } })

    const stolen = cookie()
    const { csrfToken } = (await send('GET', ['csrf'])).body as { csrfToken: string }
    await send('POST', ['signout'], { csrfToken, json: 'true' })
    expect(jar.has('holdfast.session')).toBe(false)
    // A copy of the cookie is worth nothing any more.
    expect((await api.call('nobody', getAccount, 'GET', { headers: { cookie: stolen } })).status).toBe(401)
    const actions = await database.prisma.auditEntry.findMany({ orderBy: { sequence: 'asc' } })
    expect(actions.map((entry) => entry.action)).toEqual(['session.refused', 'session.created', 'session.ended'])
  })

  it('asks for the code in a second step', async () => {
    const { id } = await database.prisma.user.findUniqueOrThrow({ where: { username: 'ada' } })
    const secret = newTotpSecret()
    const sealedSecret = await sealForWeb(api.env, new Secret(secret), id)
    await database.prisma.totp.create({ data: { userId: id, sealedSecret, confirmedAt: new Date() } })
    expect((await signIn('wrong')).body).toMatchObject({ url: expect.stringContaining('error=CredentialsSignin') })
    expect((await signIn(PASSWORD)).body).toMatchObject({ url: expect.stringContaining('error=SecondFactorNeeded') })
    const wrong = await signIn(PASSWORD, { code: '000000' })
    expect(wrong.body).toMatchObject({ url: expect.stringContaining('error=SecondFactorWrong') })
    expect(jar.has('holdfast.session')).toBe(false)
    await signIn(PASSWORD, { code: codeAt(secret, stepOf(new Date())) })
    expect((await account()).body).toMatchObject({ data: { id, name: 'ada' } })
    const [newest] = await database.prisma.auditEntry.findMany({ orderBy: { sequence: 'desc' }, take: 1 })
    expect(newest).toMatchObject({ action: 'session.created', change: { via: 'password and code' } })
    await database.prisma.totp.delete({ where: { userId: id } })
  })

  it('takes the cookie away from a session that was revoked', async () => {
    await signIn(PASSWORD)
    await database.prisma.session.updateMany({ where: {}, data: { revokedAt: new Date() } })
    expect((await send('GET', ['session'])).body).toEqual({})
    expect(jar.has('holdfast.session')).toBe(false)
  })

  it('refuses a sign-in without the CSRF token, and says when there were too many', async () => {
    jar.clear()
    await send('POST', ['callback', 'credentials'], { username: 'ada', password: PASSWORD, json: 'true' })
    expect(jar.has('holdfast.session')).toBe(false)
    for (let i = 0; i < 5; i++) await signIn('wrong')
    expect((await signIn(PASSWORD)).body).toMatchObject({ url: expect.stringMatching(/error=RateLimited%3A\d+/) })
  })

  it('uses a __Host- cookie, secure, where the console is served by https', () => {
    const env = readEnv({ HOLDFAST_PUBLIC_URL: 'https://storage.example.org', HOLDFAST_STATE_DIR: api.env.stateDir })
    const { sessionToken } = authOptions({ env, log: createLog('web') }, new Headers()).cookies ?? {}
    expect(sessionToken).toMatchObject({ name: '__Host-holdfast.session', options: { secure: true, path: '/' } })
    expect(sessionToken?.options).not.toHaveProperty('domain')
  })
})
