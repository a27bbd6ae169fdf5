import { expect, it } from 'vitest'
import { GET as getAccount } from '@/app/api/v1/account/route'
import { POST as useLink } from '@/app/api/v1/password-reset/route'
import { POST as makeLink } from '@/app/api/v1/users/[id]/password-reset/route'
import { PATCH as updateUser } from '@/app/api/v1/users/[id]/route'
import { ANONYMOUS, systemActor } from '@/lib/auth/actor'
import { TRIES } from '@/lib/auth/attempts'
import { hashOpaqueToken } from '@/lib/auth/opaque-token'
import { hashPassword } from '@/lib/auth/passwords'
import { createSession } from '@/lib/auth/sessions'
import { checkCredentials } from '@/lib/auth/sign-in'
import { newId } from '@/lib/ids'
import { createResetLink, resetPassword } from '@/lib/users/password-reset'
import { ResetLink } from '@/lib/users/schema'
import { type TestBrowser, useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'

const OLD = 'correct horse battery'
const NEW = 'a new and long one'

testDatabases('password reset links', (database) => {
  const api = useTestApi(database)
  const nameOf = async ({ userId: id }: TestBrowser) =>
    (await database.prisma.user.findUniqueOrThrow({ where: { id } })).username

  async function somebody(): Promise<TestBrowser> {
    const browser = await api.browser('operator')
    await database.prisma.user.update({
      where: { id: browser.userId },
      data: { passwordHash: await hashPassword(OLD) },
    })
    return browser
  }

  const make = (id: string) => api.call('admin', makeLink, 'POST', { params: { id }, body: {} })
  const tokenFor = async ({ userId }: TestBrowser) => new URL((await make(userId)).data(ResetLink).link).hash.slice(1)
  const use = (token: string, password = NEW, address = '192.0.2.1') =>
    api.call('nobody', useLink, 'POST', { body: { token, password }, headers: { 'x-forwarded-for': address } })

  it('are made for others: an open session alone gives its owner no new password', async () => {
    const admin = await api.browser('admin')
    await database.prisma.user.update({ where: { id: admin.userId }, data: { passwordHash: await hashPassword(OLD) } })
    const params = { id: admin.userId }
    for (const refused of [
      await api.call(admin, makeLink, 'POST', { params, body: {} }),
      await api.call(admin, updateUser, 'PATCH', { params, body: { password: NEW } }),
    ]) {
      expect(refused.problem()).toMatchObject({ status: 409, recovery: expect.stringContaining('current one') })
    }
    const own = { ...systemActor('test'), kind: 'token', ownerId: admin.userId } as const
    await expect(createResetLink(own, admin.userId, api.env)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('set the password once, and end all sessions of that user', async () => {
    const person = await somebody()
    const username = await nameOf(person)
    const before = Date.now()
    const made = (await make(person.userId)).data(ResetLink)
    const url = new URL(made.link)
    expect(`${url.origin}${url.pathname}${url.search}`).toBe(`${api.env.publicUrl}/reset-password`)
    const lasts = Date.parse(made.expires_at) - before
    expect(lasts).toBeGreaterThanOrEqual(24 * 3_600_000)
    const token = url.hash.slice(1)
    expect(token).toMatch(/^hfr_[\w-]{43}$/)
    // Until it is used, nothing has changed.
    expect(await checkCredentials({ username, password: OLD })).not.toBeNull()
    expect((await api.call(person, getAccount, 'GET')).status).toBe(200)

    expect((await use(token)).status).toBe(200)
    expect((await api.call(person, getAccount, 'GET')).status).toBe(401)
    expect(await checkCredentials({ username, password: OLD })).toBeNull()
    expect(await checkCredentials({ username, password: NEW })).not.toBeNull()
    expect((await use(token, 'yet another one')).status).toBe(403)
    expect(await checkCredentials({ username, password: NEW })).not.toBeNull()
  })

  it('leave no session to somebody who was signing in with the old password meanwhile', async () => {
    const person = await somebody()
    const username = await nameOf(person)
    const token = await tokenFor(person)
    const late = await checkCredentials({ username, password: OLD })
    if (!late) throw new Error('the old password is right until it is changed')
    expect((await use(token)).status).toBe(200)
    expect(await createSession(late, {})).toBeNull()
    const now = await checkCredentials({ username, password: NEW })
    if (!now) throw new Error('the new password is right')
    expect(await createSession(now, {})).not.toBeNull()
    await database.prisma.user.update({ where: { id: person.userId }, data: { disabledAt: new Date() } })
    expect(await createSession(now, {})).toBeNull()
    // The one with the new password, which was made before.
    expect(await database.prisma.session.count({ where: { userId: person.userId, revokedAt: null } })).toBe(1)
  })

  it('are stored as a hash alone, and audited without the token', async () => {
    const person = await somebody()
    const token = await tokenFor(person)
    const row = await database.prisma.passwordReset.findUniqueOrThrow({ where: { userId: person.userId } })
    expect(row.tokenHash).toBe(hashOpaqueToken(token))
    expect(JSON.stringify(row)).not.toContain(token)
    await use(token)
    const entries = await database.prisma.auditEntry.findMany({
      where: { targetId: person.userId },
      orderBy: { sequence: 'asc' },
    })
    expect(entries.map(({ action, actorName }) => [action, actorName])).toEqual([
      ['user.reset_link_created', 'test admin'],
      ['user.password_reset', 'reset link'],
    ])
    expect(JSON.stringify(entries.map(({ change }) => change))).not.toContain(token)
    expect(api.logged.join('\n')).not.toContain(token)
  })

  it('end with a newer one, with another password, and with a user who is disabled', async () => {
    const person = await somebody()
    // Somebody has to stay who can manage users.
    await api.browser('admin')
    const change = async (body: object) => {
      const answer = await api.call('admin', updateUser, 'PATCH', { params: { id: person.userId }, body })
      expect(answer.status, answer.text).toBe(200)
    }
    const first = await tokenFor(person)
    const second = await tokenFor(person)
    expect((await use(first)).status).toBe(403)
    await change({ password: 'set by an administrator' })
    expect((await use(second)).status).toBe(403)
    const third = await tokenFor(person)
    await change({ role: 'admin' })
    expect((await use(third)).status).toBe(403)
    const fourth = await tokenFor(person)
    await database.prisma.user.update({ where: { id: person.userId }, data: { disabledAt: new Date() } })
    expect((await use(fourth)).status).toBe(403)
  })

  it('last 24 hours', async () => {
    const person = await somebody()
    const now = new Date()
    const link = async () => {
      const made = await createResetLink(systemActor('test'), person.userId, api.env, now)
      return { token: new URL(made.link).hash.slice(1), password: NEW }
    }
    const after = (ms: number) => new Date(now.getTime() + 24 * 3_600_000 + ms)
    await expect(resetPassword(ANONYMOUS, await link(), after(1))).rejects.toMatchObject({ code: 'forbidden' })
    await resetPassword(ANONYMOUS, await link(), after(-1_000))
  })

  it('let one of two through who come at the same time', async () => {
    const token = await tokenFor(await somebody())
    const both = await Promise.all([use(token, 'the one of them'), use(token, 'the other one')])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403])
  })

  it('answer alike whatever is wrong with them', async () => {
    const person = await somebody()
    const used = await tokenFor(person)
    await use(used)
    const replaced = await tokenFor(person)
    const disabled = await tokenFor(person)
    await database.prisma.user.update({ where: { id: person.userId }, data: { disabledAt: new Date() } })
    const madeUp = `hfr_${'A'.repeat(43)}`
    const answers = await Promise.all([used, replaced, disabled, madeUp].map((token) => use(token)))
    const said = answers.map((answer) => ({ ...answer.problem(), requestId: '' }))
    for (const one of said) expect(one).toEqual(said[0])
    expect(JSON.stringify(said)).not.toContain(await nameOf(person))
    // A bad password is refused before anybody looks at the link.
    const short = await Promise.all([disabled, madeUp].map((token) => use(token, 'short')))
    expect(short.map(({ status }) => status)).toEqual([400, 400])
  })

  it('are not for guessing: one address has thirty tries', async () => {
    const from = '198.51.100.9'
    for (let i = 0; i < TRIES.address; i++) {
      expect((await use(`hfr_${String(i).padStart(43, 'x')}`, NEW, from)).status).toBe(403)
    }
    const token = await tokenFor(await somebody())
    const refused = await use(token, NEW, from)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    // Somebody else is not kept out.
    expect((await use(token, NEW, '198.51.100.10')).status).toBe(200)
  })

  it('let somebody in who has guessed too often before', async () => {
    const person = await somebody()
    const given = { username: await nameOf(person), address: '192.0.2.77' }
    for (let i = 0; i < TRIES.accountFromAddress; i++) await checkCredentials({ ...given, password: 'wrong' })
    await expect(checkCredentials({ ...given, password: OLD })).rejects.toMatchObject({ code: 'rate_limited' })
    await use(await tokenFor(person), NEW, given.address)
    expect(await checkCredentials({ ...given, password: NEW })).not.toBeNull()
  })

  it('are not made for people of single sign-on, nor for users who are disabled or not there', async () => {
    const id = newId('user')
    const row = { id, username: id.toLowerCase(), role: 'viewer' as const, passwordHash: '!' }
    await database.prisma.user.create({ data: { ...row, oidcIssuer: 'https://id.example', oidcSubject: 's1' } })
    expect((await make(id)).problem()).toMatchObject({ status: 409, detail: expect.stringContaining('single sign-on') })
    const person = await somebody()
    await database.prisma.user.update({ where: { id: person.userId }, data: { disabledAt: new Date() } })
    expect((await make(person.userId)).problem()).toMatchObject({ status: 409 })
    expect((await make('usr_none')).status).toBe(404)
  })
})
