import { expect, it } from 'vitest'
import { POST as renew } from '@/app/api/v1/account/recovery-codes/route'
import { GET as getAccount } from '@/app/api/v1/account/route'
import { GET as getOwn } from '@/app/api/v1/account/second-factor/route'
import { POST as confirm } from '@/app/api/v1/account/totp/confirm/route'
import { POST as begin, DELETE as removeOwn } from '@/app/api/v1/account/totp/route'
import { POST as reset } from '@/app/api/v1/users/[id]/reset-second-factor/route'
import { GET as getUser } from '@/app/api/v1/users/[id]/route'
import { TRIES } from '@/lib/auth/attempts'
import { hashPassword } from '@/lib/auth/passwords'
import { type Credentials, checkCredentials } from '@/lib/auth/sign-in'
import { codeAt, stepOf } from '@/lib/auth/totp'
import { openForWeb, sealForWeb } from '@/lib/auth/web-seal'
import { newId } from '@/lib/ids'
import { reveal, Secret } from '@/lib/secret'
import { UserView } from '@/lib/users/schema'
import { RecoveryCodes, SecondFactorView, TotpSetup } from '@/lib/users/second-factor-schema'
import { type TestBrowser, useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'

const PASSWORD = 'correct horse battery'
const STEP_MS = 30_000

const NEEDED = { code: 'unauthenticated', details: { second_factor: 'needed' } }
const WRONG = { code: 'unauthenticated', details: { second_factor: 'wrong' } }

testDatabases('second factor', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const passwordHash = hashPassword(PASSWORD)

  interface Person {
    browser: TestBrowser
    username: string
    secret: string
    recovery: string[]
  }

  async function somebody(): Promise<TestBrowser> {
    const browser = await api.browser('operator')
    await database.prisma.user.update({ where: { id: browser.userId }, data: { passwordHash: await passwordHash } })
    return browser
  }

  const start = (browser: TestBrowser, password = PASSWORD) =>
    api.call(browser, begin, 'POST', { body: { current_password: password } })
  const own = async (browser: TestBrowser) => (await api.call(browser, getOwn, 'GET')).data(SecondFactorView)

  /** Somebody whose app was set up a while ago, so that the code of now is unused. */
  async function enrolled(): Promise<Person> {
    const browser = await somebody()
    const { secret } = (await start(browser)).data(TotpSetup)
    const code = codeAt(secret, stepOf(new Date()))
    const made = await api.call(browser, confirm, 'POST', { body: { code } })
    const { recovery_codes: recovery } = made.data(RecoveryCodes)
    await database.prisma.totp.update({ where: { userId: browser.userId }, data: { lastStep: 0 } })
    const { username } = await database.prisma.user.findUniqueOrThrow({ where: { id: browser.userId } })
    return { browser, username, secret, recovery }
  }

  const now = new Date()
  const signIn = (who: { username: string }, more: Partial<Credentials> = {}, at = now) =>
    checkCredentials({ username: who.username, password: PASSWORD, ...more }, at)
  const codeOf = (who: Person, at = now, offset = 0) => codeAt(who.secret, stepOf(at) + offset)

  it('is set up with a code of the app, and the password before', async () => {
    const browser = await somebody()
    const { username } = await database.prisma.user.findUniqueOrThrow({ where: { id: browser.userId } })
    const other = await api.browser('operator', browser)
    expect((await start(browser, 'wrong')).problem().fields?.[0]?.field).toBe('current_password')
    const first = (await start(browser)).data(TotpSetup)
    const { secret, uri } = (await start(browser)).data(TotpSetup)
    expect(uri).toContain(secret)
    expect(secret).not.toBe(first.secret)
    // Nothing is asked for until the app has shown that it has the secret.
    expect(await signIn({ username })).toMatchObject({ id: browser.userId })
    for (const code of ['000000', codeAt(first.secret, stepOf(new Date()))]) {
      expect((await api.call(browser, confirm, 'POST', { body: { code } })).problem().fields?.[0]?.field).toBe('code')
    }
    const code = codeAt(secret, stepOf(new Date()))
    const answer = await api.call(browser, confirm, 'POST', { body: { code: `${code.slice(0, 3)} ${code.slice(3)}` } })
    const { recovery_codes: codes } = answer.data(RecoveryCodes)
    expect(new Set(codes).size).toBe(10)
    for (const each of codes) expect(each).toMatch(/^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$/)
    expect(await own(browser)).toEqual({ totp_since: expect.any(String), recovery_codes_left: 10 })
    expect(
      (await api.call('admin', getUser, 'GET', { params: { id: browser.userId } })).data(UserView).second_factor,
    ).toBe(true)
    await expect(signIn({ username })).rejects.toMatchObject(NEEDED)
    // The code of the set-up is used up.
    await expect(signIn({ username }, { code }, new Date())).rejects.toMatchObject(WRONG)
    expect((await start(browser)).status).toBe(409)
    expect((await api.call(browser, confirm, 'POST', { body: { code } })).status).toBe(409)
    // Sessions from before it was set up are over, this one is not.
    expect((await api.call(other, getAccount, 'GET')).status).toBe(401)
    expect((await api.call(browser, getAccount, 'GET')).status).toBe(200)
  })

  it('stores the secret sealed for this user, recovery codes as hashes, and audits none of them', async () => {
    const person = await enrolled()
    const { userId } = person.browser
    const row = await database.prisma.totp.findUniqueOrThrow({ where: { userId } })
    expect(JSON.stringify(row)).not.toContain(person.secret)
    expect(reveal(await openForWeb(api.env, row.sealedSecret, userId))).toBe(person.secret)
    await expect(openForWeb(api.env, row.sealedSecret, newId('user'))).rejects.toMatchObject({ code: 'unavailable' })
    const elsewhere = { ...api.env, authSecret: 'another key of 32 characters at least' }
    await expect(openForWeb(elsewhere, row.sealedSecret, userId)).rejects.toMatchObject({ code: 'unavailable' })
    await signIn(person, { code: person.recovery[0] })
    const stored = JSON.stringify([
      await database.prisma.recoveryCode.findMany(),
      await database.prisma.auditEntry.findMany(),
      api.logged,
    ])
    for (const secret of [person.secret, ...person.recovery]) expect(stored).not.toContain(secret)
    const actions = await database.prisma.auditEntry.findMany({ where: { targetId: userId } })
    expect(actions.map(({ action, change }) => [action, change])).toEqual([
      ['user.totp_enabled', null],
      ['user.recovery_code_used', { left: 9 }],
    ])
  })

  it('lets somebody in with password and code, and no code twice', async () => {
    const person = await enrolled()
    await expect(signIn(person, { code: '' })).rejects.toMatchObject(NEEDED)
    expect(await signIn(person, { code: codeOf(person) })).toMatchObject({ id: person.browser.userId, second: 'code' })
    for (const offset of [0, -1]) {
      await expect(signIn(person, { code: codeOf(person, now, offset) })).rejects.toMatchObject(WRONG)
    }
    // The next one is newer, and its clock may be ahead.
    expect(await signIn(person, { code: codeOf(person, now, 1) })).not.toBeNull()
    const later = new Date(now.getTime() + 10 * STEP_MS)
    await expect(signIn(person, { code: codeOf(person, later, 2) }, later)).rejects.toMatchObject(WRONG)
    expect(await signIn(person, { code: codeOf(person, later, -1) }, later)).not.toBeNull()
  })

  it('lets one of two in who send the same code at once', async () => {
    const person = await enrolled()
    const both = await Promise.allSettled([1, 2].map(() => signIn(person, { code: codeOf(person) })))
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const [, code] = person.recovery
    const again = await Promise.allSettled([1, 2].map(() => signIn(person, { code })))
    expect(again.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('says nothing about codes to whoever has not the password', async () => {
    const person = await enrolled()
    const address = '203.0.113.5'
    expect(await signIn(person, { password: 'wrong', address })).toBeNull()
    expect(await signIn(person, { password: 'wrong', code: codeOf(person), address })).toBeNull()
    // The right code was not used up by that.
    expect(await signIn(person, { code: codeOf(person), address })).not.toBeNull()
  })

  it('lets the right password give no new tries, and is refused unseen after too many', async () => {
    const person = await enrolled()
    const address = '203.0.113.6'
    const tooMany = { code: 'rate_limited', details: { retry_after: expect.any(Number) } }
    for (let i = 0; i < TRIES.accountFromAddress; i++) {
      await expect(signIn(person, { address })).rejects.toMatchObject(NEEDED)
      await expect(signIn(person, { address, code: '000000' })).rejects.toMatchObject(WRONG)
    }
    // Neither a right nor a wrong password shows which it is any more.
    await expect(signIn(person, { address })).rejects.toMatchObject(tooMany)
    await expect(signIn(person, { address, password: 'wrong' })).rejects.toMatchObject(tooMany)
  })

  it('limits guesses of codes from everywhere, and still lets the owner in with a recovery code', async () => {
    const person = await enrolled()
    const from = (i: number) => ({ address: `198.51.100.${i}`, code: '000000' })
    for (let i = 0; i < TRIES.code; i++) await expect(signIn(person, from(i))).rejects.toMatchObject(WRONG)
    await expect(signIn(person, from(200))).rejects.toMatchObject({ code: 'rate_limited' })
    await expect(signIn(person, { address: '192.0.2.9', code: codeOf(person) })).rejects.toMatchObject({
      code: 'rate_limited',
    })
    const code = person.recovery[3]?.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l')
    expect(await signIn(person, { address: '192.0.2.9', code })).toMatchObject({ second: 'recovery code' })
    await expect(signIn(person, { address: '192.0.2.9', code })).rejects.toMatchObject(WRONG)
    const later = new Date(now.getTime() + 15 * 60_000)
    expect(await signIn(person, { code: codeOf(person, later) }, later)).not.toBeNull()
  })

  it('keeps the recovery codes of one person from another', async () => {
    const [ada, bob] = [await enrolled(), await enrolled()]
    await expect(signIn(bob, { code: ada.recovery[0] })).rejects.toMatchObject(WRONG)
    expect(await signIn(ada, { code: ada.recovery[0] })).not.toBeNull()
    expect((await own(ada.browser)).recovery_codes_left).toBe(9)
  })

  it('makes recovery codes anew, and the earlier ones end', async () => {
    const person = await enrolled()
    const ask = (current_password: string) => api.call(person.browser, renew, 'POST', { body: { current_password } })
    expect((await ask('wrong')).status).toBe(400)
    const { recovery_codes: fresh } = (await ask(PASSWORD)).data(RecoveryCodes)
    await expect(signIn(person, { code: person.recovery[0] })).rejects.toMatchObject(WRONG)
    expect(await signIn(person, { code: fresh[0] })).not.toBeNull()
    const without = await somebody()
    expect((await api.call(without, renew, 'POST', { body: { current_password: PASSWORD } })).status).toBe(409)
  })

  it('is removed with the password or a code, and with nothing else', async () => {
    const person = await enrolled()
    const remove = (body: object) => api.call(person.browser, removeOwn, 'DELETE', { body })
    expect((await remove({})).status).toBe(400)
    expect((await remove({ current_password: PASSWORD, code: '000000' })).status).toBe(400)
    expect((await remove({ code: '000000' })).problem().fields?.[0]?.field).toBe('code')
    expect((await remove({ current_password: 'wrong' })).problem().fields?.[0]?.field).toBe('current_password')
    expect((await own(person.browser)).totp_since).not.toBeNull()
    expect((await remove({ code: codeAt(person.secret, stepOf(new Date())) })).status).toBe(200)
    expect(await own(person.browser)).toEqual({ totp_since: null, recovery_codes_left: 0 })
    expect(await signIn(person)).not.toBeNull()
    const other = await enrolled()
    const body = { current_password: PASSWORD }
    expect((await api.call(other.browser, removeOwn, 'DELETE', { body })).status).toBe(200)
    expect((await api.call(other.browser, removeOwn, 'DELETE', { body })).status).toBe(409)
  })

  it('cannot be guessed away from within a session', async () => {
    const person = await enrolled()
    const remove = (code: string) => api.call(person.browser, removeOwn, 'DELETE', { body: { code } })
    for (let i = 0; i < TRIES.session; i++) expect((await remove('000000')).status).toBe(400)
    expect((await remove(codeAt(person.secret, stepOf(new Date())))).status).toBe(429)
  })

  it('is reset by an administrator, who ends the sessions, too', async () => {
    const person = await enrolled()
    const ask = () => api.call('admin', reset, 'POST', { params: { id: person.browser.userId }, body: {} })
    expect((await ask()).status).toBe(200)
    expect((await api.call(person.browser, getAccount, 'GET')).status).toBe(401)
    expect(await signIn(person)).not.toBeNull()
    expect((await ask()).status).toBe(409)
    expect(await database.prisma.recoveryCode.count({ where: { userId: person.browser.userId } })).toBe(0)
    const entry = { action: 'user.second_factor_reset', targetId: person.browser.userId, actorName: 'test admin' }
    expect(await database.prisma.auditEntry.count({ where: entry })).toBe(1)
  })

  it('is not for people of single sign-on, nor for API tokens', async () => {
    const browser = await api.browser('viewer')
    expect((await start(browser)).problem()).toMatchObject({
      status: 403,
      detail: expect.stringContaining('single sign-on'),
    })
    expect((await api.call('viewer', begin, 'POST', { body: { current_password: PASSWORD } })).status).toBe(403)
  })

  it('goes with its user', async () => {
    const { browser } = await enrolled()
    await database.prisma.user.delete({ where: { id: browser.userId } })
    expect(await database.prisma.totp.count({ where: { userId: browser.userId } })).toBe(0)
  })

  it('says what to do when the key of this installation is another one', async () => {
    const person = await enrolled()
    const sealedSecret = await sealForWeb(
      { ...api.env, authSecret: 'k'.repeat(32) },
      new Secret('x'),
      person.browser.userId,
    )
    await database.prisma.totp.update({ where: { userId: person.browser.userId }, data: { sealedSecret } })
    await expect(signIn(person, { code: codeOf(person) })).rejects.toMatchObject({
      code: 'unavailable',
      recovery: expect.stringContaining('recovery code'),
    })
    expect(await signIn(person, { code: person.recovery[0] })).not.toBeNull()
  })
})
