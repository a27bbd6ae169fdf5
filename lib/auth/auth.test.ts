import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { GET as getAccount } from '@/app/api/v1/account/route'
import { DELETE as endSession } from '@/app/api/v1/sessions/[id]/route'
import { GET as listSessions } from '@/app/api/v1/sessions/route'
import { POST as setUp } from '@/app/api/v1/setup/route'
import { DELETE as revokeToken } from '@/app/api/v1/tokens/[id]/route'
import { POST as createToken } from '@/app/api/v1/tokens/route'
import { DELETE as deleteUser, PATCH as updateUser } from '@/app/api/v1/users/[id]/route'
import { POST as createUser, GET as listUsers } from '@/app/api/v1/users/route'
import { forgetActors } from '@/lib/auth/actor-cache'
import { TRIES } from '@/lib/auth/attempts'
import { hashPassword, verifyPassword } from '@/lib/auth/passwords'
import { IDLE_MS } from '@/lib/auth/sessions'
import { createSetupLink } from '@/lib/auth/setup'
import { checkCredentials } from '@/lib/auth/sign-in'
import { NewToken, SessionView, UserView } from '@/lib/users/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'

const PASSWORD = 'correct horse battery'

it('stores passwords as salted argon2id and tells right from wrong', async () => {
  const [first, second] = await Promise.all([hashPassword(PASSWORD), hashPassword(PASSWORD)])
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(first).not.toBe(second)
  expect(await verifyPassword(PASSWORD, first)).toBe(true)
  expect(await verifyPassword(`${PASSWORD} `, first)).toBe(false)
  expect(await verifyPassword(PASSWORD, '!')).toBe(false)
})

testDatabases('access', (database) => {
  const api = useTestApi(database)

  it('makes the first administrator with a link that works once', async () => {
    const link = new URL((await createSetupLink(api.env)) ?? '')
    const older = link.hash.slice(1)
    const token = new URL((await createSetupLink(api.env)) ?? '').hash.slice(1)
    const body = { token, username: 'Root', password: PASSWORD }
    const attempt = (over: Partial<typeof body>) => api.call('nobody', setUp, 'POST', { body: { ...body, ...over } })

    expect((await attempt({ token: older })).status).toBe(403)
    expect((await attempt({ password: 'short' })).problem().fields?.[0]?.field).toBe('password')
    const both = await Promise.all([attempt({}), attempt({ username: 'other' })])
    // The loser meets the used link or the new user, whichever it reads first.
    expect(both.map((answer) => answer.status).sort()).toEqual([201, expect.toBeOneOf([403, 409])])
    expect((await attempt({})).status).toBe(409)
    expect(await createSetupLink(api.env)).toBeNull()
    expect(await database.prisma.user.count()).toBe(1)
    expect(await database.prisma.auditEntry.count({ where: { action: 'user.created' } })).toBe(1)
    await database.prisma.user.updateMany({ where: {}, data: { username: 'root' } })
  })

  it('tells nobody whether an account exists, and locks after five failures', async () => {
    expect(await checkCredentials({ username: 'ROOT ', password: PASSWORD })).toMatchObject({ role: 'admin' })
    expect(await checkCredentials({ username: 'nobody-there', password: PASSWORD })).toBeNull()
    for (let i = 0; i < TRIES.accountFromAddress; i++) {
      expect(await checkCredentials({ username: 'root', password: 'wrong' })).toBeNull()
    }
    const tooMany = { code: 'rate_limited', details: { retry_after: expect.any(Number) } }
    await expect(checkCredentials({ username: 'root', password: PASSWORD })).rejects.toMatchObject(tooMany)
    for (let i = 0; i < TRIES.accountFromAddress - 1; i++) {
      await checkCredentials({ username: 'nobody-there', password: PASSWORD })
    }
    await expect(checkCredentials({ username: 'nobody-there', password: '' })).rejects.toMatchObject(tooMany)
    // The window passes; a good sign-in then forgives.
    const later = new Date(Date.now() + 15 * 60_000)
    expect(await checkCredentials({ username: 'root', password: PASSWORD }, later)).not.toBeNull()
  })

  it('does not let a disabled user in, and does not say why', async () => {
    await database.prisma.user.update({ where: { username: 'root' }, data: { disabledAt: new Date() } })
    expect(await checkCredentials({ username: 'root', password: PASSWORD })).toBeNull()
    await database.prisma.user.update({ where: { username: 'root' }, data: { disabledAt: null } })
    expect(await checkCredentials({ username: 'root', password: PASSWORD })).not.toBeNull()
  })

  it('lets no more than five of many simultaneous guesses through', async () => {
    const guesses = Array.from({ length: 12 }, () =>
      checkCredentials({ username: 'hammered', password: 'wrong' }).then(
        () => 'tried',
        () => 'refused',
      ),
    )
    const tried = (await Promise.all(guesses)).filter((outcome) => outcome === 'tried')
    expect(tried.length).toBeLessThanOrEqual(TRIES.accountFromAddress)
  })

  it('ends a session at once when it is revoked', async () => {
    const browser = await api.browser('viewer')
    expect((await api.call(browser, getAccount, 'GET')).status).toBe(200)
    const [session] = (await api.call(browser, listSessions, 'GET')).data(z.array(SessionView))
    expect(session).toMatchObject({ id: browser.sessionId, is_current: true })
    expect((await api.call(browser, endSession, 'DELETE', { params: { id: browser.sessionId } })).status).toBe(200)
    expect((await api.call(browser, getAccount, 'GET')).status).toBe(401)
  })

  it('ends sessions that idle, and those that are too old', async () => {
    const browser = await api.browser('viewer')
    const set = async (data: { lastSeenAt?: Date; expiresAt?: Date }) => {
      await database.prisma.session.update({ where: { id: browser.sessionId }, data })
      forgetActors()
      return (await api.call(browser, getAccount, 'GET')).status
    }
    expect(await set({ lastSeenAt: new Date(Date.now() - IDLE_MS + 5_000) })).toBe(200)
    expect(await set({ lastSeenAt: new Date(Date.now() - IDLE_MS - 1_000) })).toBe(401)
    expect(await set({ lastSeenAt: new Date(), expiresAt: new Date(Date.now() - 1) })).toBe(401)
  })

  it('does not touch a session of somebody else', async () => {
    const [mine, other] = [await api.browser('admin'), await api.browser('viewer')]
    expect((await api.call(mine, endSession, 'DELETE', { params: { id: other.sessionId } })).status).toBe(404)
    expect((await api.call(other, getAccount, 'GET')).status).toBe(200)
  })

  it('ends all sessions of a user whose role or password changes, or who is disabled', async () => {
    for (const change of [{ role: 'admin' }, { password: 'another long one' }, { disabled: true }]) {
      const browser = await api.browser('operator')
      expect((await api.call(browser, getAccount, 'GET')).status).toBe(200)
      await api.call('admin', updateUser, 'PATCH', { params: { id: browser.userId }, body: change })
      expect((await api.call(browser, getAccount, 'GET')).status).toBe(401)
    }
  })

  it('keeps the last administrator', async () => {
    const users = (await api.call('admin', listUsers, 'GET')).data(z.array(UserView))
    const admins = users.filter((user) => user.role === 'admin' && !user.disabled)
    const answers = await Promise.all(
      admins.map(({ id }) => api.call('admin', updateUser, 'PATCH', { params: { id }, body: { role: 'viewer' } })),
    )
    expect(answers.filter((answer) => answer.status === 409)).toHaveLength(1)
    const [last] = await database.prisma.user.findMany({ where: { role: 'admin', disabledAt: null } })
    const gone = await api.call('admin', deleteUser, 'DELETE', { params: { id: last?.id ?? '' } })
    expect(gone.problem().detail).toContain('last administrator')
  })

  it('refuses a second user of the same name', async () => {
    const body = { username: 'twin', password: PASSWORD, role: 'viewer' }
    expect((await api.call('admin', createUser, 'POST', { body })).status).toBe(201)
    const again = await api.call('admin', createUser, 'POST', { body: { ...body, username: 'TWIN' } })
    expect(again.status).toBe(409)
    expect(again.problem()).toMatchObject({ detail: "User 'twin' already exists", fields: [{ field: 'username' }] })
  })

  it('stores nothing of a token that signs in, and refuses it at once when revoked', async () => {
    const made = (await api.call('admin', createToken, 'POST', { body: { name: 'ci', role: 'viewer' } })).data(NewToken)
    const as = { authorization: `Bearer ${made.token}` }
    expect((await api.call('nobody', getAccount, 'GET', { headers: as })).status).toBe(200)
    const row = await database.prisma.apiToken.findUniqueOrThrow({ where: { id: made.id } })
    expect(row.tokenHash).toBe(createHash('sha256').update(made.token).digest('hex'))
    expect(JSON.stringify(row)).not.toContain(made.token)
    for (const stolen of [row.tokenHash, `hf_${row.tokenHash.slice(0, 43)}`, row.prefix]) {
      const headers = { authorization: `Bearer ${stolen}` }
      expect((await api.call('nobody', getAccount, 'GET', { headers })).status).toBe(401)
    }
    await api.call('admin', revokeToken, 'DELETE', { params: { id: made.id } })
    expect((await api.call('nobody', getAccount, 'GET', { headers: as })).status).toBe(401)
  })

  it('lets a token expire, and gives none more than its scopes', async () => {
    const expiring = await api.token('viewer', ['account.own'])
    const headers = { authorization: `Bearer ${expiring}` }
    expect((await api.call('nobody', getAccount, 'GET', { headers })).body).toMatchObject({
      data: { permissions: ['account.own'] },
    })
    await database.prisma.apiToken.updateMany({ where: { role: 'viewer' }, data: { expiresAt: new Date(0) } })
    forgetActors()
    expect((await api.call('nobody', getAccount, 'GET', { headers })).status).toBe(401)
    const refused = await api.call('admin', createToken, 'POST', {
      body: { name: 'too much', role: 'viewer', scopes: ['backends.read', 'users.admin'] },
    })
    expect(refused.problem().fields).toEqual([{ field: 'scopes', message: expect.stringContaining('users.admin') }])
  })

  it('cannot be used to make a token that may do more than its maker', async () => {
    const headers = { authorization: `Bearer ${await api.token('admin', ['tokens.admin'])}` }
    const body = { name: 'ladder', role: 'admin' }
    expect((await api.call('nobody', createToken, 'POST', { headers, body })).status).toBe(403)
  })
})
