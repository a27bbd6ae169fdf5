import { describe, expect, it } from 'vitest'
import { DELETE as removeOwn } from '@/app/api/v1/account/passkeys/[id]/route'
import { POST as options } from '@/app/api/v1/account/passkeys/options/route'
import { GET as listOwn, POST as register } from '@/app/api/v1/account/passkeys/route'
import { GET as getAccount } from '@/app/api/v1/account/route'
import { POST as signInOptions } from '@/app/api/v1/sign-in/passkey/route'
import { POST as reset } from '@/app/api/v1/users/[id]/reset-second-factor/route'
import { GET as getUser } from '@/app/api/v1/users/[id]/route'
import { CHALLENGE_MS } from '@/lib/auth/passkey-challenge'
import { passkeyPlace } from '@/lib/auth/passkey-place'
import { checkPasskey, passkeyOptions } from '@/lib/auth/passkey-sign-in'
import { hashPassword } from '@/lib/auth/passwords'
import { setCurrentEnv } from '@/lib/current-env'
import { PasskeyOptions, PasskeyView } from '@/lib/users/passkey-schema'
import { UserView } from '@/lib/users/schema'
import { type TestBrowser, useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { type Odd, SoftPasskey } from '@/testing/soft-passkey'

const PASSWORD = 'correct horse battery'
const PLACE = { rpId: 'storage.example.org', origin: 'https://storage.example.org:8443' }

describe('passkeys belong to', () => {
  it.each([
    ['https://storage.example.org', 'storage.example.org'],
    ['https://storage.example.org:8443', 'storage.example.org'],
    ['http://localhost:3000', 'localhost'],
  ])('%s', (url, rpId) => expect(passkeyPlace(url)).toEqual({ rpId, origin: url }))

  it.each([
    ['http://127.0.0.1:3000', 'not to an IP address'],
    ['https://192.0.2.7', 'not to an IP address'],
    ['https://[2001:db8::7]:8443', 'not to an IP address'],
    ['http://storage.example.org', 'over HTTPS alone'],
  ])('nobody at %s', (url, words) =>
    expect(passkeyPlace(url)).toEqual({
      problem: expect.stringMatching(new RegExp(`${words}.*${new URL(url).origin.replace(/[[\]]/g, '\\$&')}`)),
    }),
  )
})

testDatabases('passkeys', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const passwordHash = hashPassword(PASSWORD)
  const at = (publicUrl: string) => setCurrentEnv({ ...api.env, publicUrl })

  async function somebody(): Promise<TestBrowser> {
    at(PLACE.origin)
    const browser = await api.browser('operator')
    await database.prisma.user.update({ where: { id: browser.userId }, data: { passwordHash: await passwordHash } })
    return browser
  }

  const ask = (who: TestBrowser, current_password = PASSWORD) =>
    api.call(who, options, 'POST', { body: { current_password } })

  async function keep(who: TestBrowser, device: SoftPasskey, name: string, odd: Odd = {}) {
    const { challenge } = (await ask(who)).data(PasskeyOptions)
    return api.call(who, register, 'POST', { body: { name, response: device.register({ challenge, ...PLACE }, odd) } })
  }

  async function registered(counts = true) {
    const browser = await somebody()
    const device = new SoftPasskey(browser.userId, counts)
    const { id } = (await keep(browser, device, 'laptop')).data(PasskeyView)
    return { browser, device, id }
  }

  const remove = (who: TestBrowser, id: string, body: object) =>
    api.call(who, removeOwn, 'DELETE', { params: { id }, body })

  const asked = async (now?: Date) => ({ challenge: (await passkeyOptions(now)).challenge, ...PLACE })
  const signIn = async (device: SoftPasskey, odd: Odd = {}) => checkPasskey(device.signIn(await asked(), odd), {})

  it('are made by a device that asks who uses it, after the password', async () => {
    const browser = await somebody()
    expect((await ask(browser, 'wrong')).problem().fields?.[0]?.field).toBe('current_password')
    const given = (await ask(browser)).data(PasskeyOptions)
    expect(given).toMatchObject({
      rp: { id: PLACE.rpId },
      user: { id: Buffer.from(browser.userId).toString('base64url') },
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [],
    })
    const [laptop, phone] = [new SoftPasskey(browser.userId), new SoftPasskey(browser.userId)]
    expect((await keep(browser, laptop, 'laptop')).status).toBe(201)
    expect((await keep(browser, phone, 'phone')).status).toBe(201)
    const own = (await api.call(browser, listOwn, 'GET')).data(PasskeyView.array())
    expect(own.map(({ name, last_used_at }) => [name, last_used_at])).toEqual([
      ['laptop', null],
      ['phone', null],
    ])
    expect((await ask(browser)).data(PasskeyOptions)).toMatchObject({
      excludeCredentials: [{ id: laptop.id }, { id: phone.id }],
    })
    expect((await keep(browser, laptop, 'again')).status).toBe(409)
    const view = (await api.call('admin', getUser, 'GET', { params: { id: browser.userId } })).data(UserView)
    expect(view.passkey_count).toBe(2)
  })

  it('let their owner in, with any of them, and the session says how', async () => {
    const { browser, device } = await registered()
    expect(await signIn(device)).toMatchObject({ id: browser.userId, role: 'operator' })
    expect(await signIn(device)).not.toBeNull()
    const silent = await registered(false)
    expect(await signIn(silent.device)).toMatchObject({ id: silent.browser.userId })
    expect(await signIn(silent.device)).not.toBeNull()
    const own = (await api.call(browser, listOwn, 'GET')).data(PasskeyView.array())
    expect(own[0]?.last_used_at).not.toBeNull()
  })

  it('tell a stranger nothing about who has one', async () => {
    await somebody()
    const given = (await api.call('nobody', signInOptions, 'POST', { body: {} })).data(PasskeyOptions)
    expect(given).toMatchObject({ rpId: PLACE.rpId, userVerification: 'required' })
    expect(given.allowCredentials ?? []).toEqual([])
  })

  it.each<[string, Odd]>([
    ['for another site', { rpId: 'elsewhere.example.org' }],
    ['from a page of another site', { origin: 'https://elsewhere.example.org' }],
    ['from another port', { origin: 'https://storage.example.org' }],
    ['without asking who uses the device', { isUnverified: true }],
    ['to a challenge of somebody else', { challenge: Buffer.alloc(54, 1).toString('base64url') }],
    ['to no challenge', { challenge: '' }],
    ['with another signature', { isForged: true }],
    ['in the name of somebody else', { userHandle: 'usr_other' }],
    ['with a count that does not go on', { counter: 1 }],
    ['with no count any more', { counter: 0 }],
  ])('refuse an answer %s', async (_what, odd) => {
    const { browser, device } = await registered()
    expect(await signIn(device, { counter: 1 })).not.toBeNull()
    expect(await signIn(device, odd)).toBeNull()
    const refused = { action: 'session.refused', targetId: browser.userId, result: 'failure' }
    expect(await database.prisma.auditEntry.count({ where: refused })).toBe(1)
    // That was not used up by somebody who could not do better.
    expect(await signIn(device, { counter: 7 })).not.toBeNull()
  })

  it('are removed by their owner, and not by an open session alone', async () => {
    const { browser, device, id } = await registered()
    expect((await api.call(browser, removeOwn, 'DELETE', { params: { id } })).status).toBe(400)
    expect((await remove(browser, id, {})).status).toBe(400)
    expect((await remove(browser, id, { code: '000000' })).problem().fields?.[0]?.field).toBe('code')
    const wrong = await remove(browser, id, { current_password: 'wrong' })
    expect(wrong.problem().fields?.[0]?.field).toBe('current_password')
    expect(await signIn(device)).not.toBeNull()
    expect((await remove(browser, id, { current_password: PASSWORD })).status).toBe(200)
    expect(await signIn(device)).toBeNull()
  })

  it('are answered once, and within five minutes', async () => {
    for (const counts of [true, false]) {
      const { device } = await registered(counts)
      const one = device.signIn(await asked())
      expect(await checkPasskey(one, {})).not.toBeNull()
      expect(await checkPasskey(one, {})).toBeNull()
      const again = device.signIn(await asked())
      const both = await Promise.all([checkPasskey(again, {}), checkPasskey(again, {})])
      expect(both.filter((who) => who !== null)).toHaveLength(1)
      const now = new Date()
      const old = device.signIn(await asked(new Date(now.getTime() - CHALLENGE_MS - 1)))
      expect(await checkPasskey(old, {}, now)).toBeNull()
    }
  })

  it('are refused when they are not known, or their owner is disabled or gone', async () => {
    const { browser, device, id } = await registered()
    expect(await signIn(new SoftPasskey(browser.userId))).toBeNull()
    await database.prisma.user.update({ where: { id: browser.userId }, data: { disabledAt: new Date() } })
    expect(await signIn(device)).toBeNull()
    await database.prisma.user.update({ where: { id: browser.userId }, data: { disabledAt: null } })
    expect(await signIn(device)).not.toBeNull()
    const other = await somebody()
    expect((await remove(other, id, { current_password: PASSWORD })).status).toBe(404)
    expect((await remove(browser, id, { current_password: PASSWORD })).status).toBe(200)
    expect(await signIn(device)).toBeNull()
    const gone = await registered()
    await database.prisma.user.delete({ where: { id: gone.browser.userId } })
    expect(await signIn(gone.device)).toBeNull()
  })

  it('are not for guessing: an address has as many tries as with passwords', async () => {
    await somebody()
    const tries = (count: number) =>
      Promise.allSettled(
        Array.from({ length: count }, (_, i) => checkPasskey({ id: String(i) }, { address: '203.0.113.77' })),
      )
    expect((await tries(30)).some(({ status }) => status === 'rejected')).toBe(true)
    const { device } = await registered()
    const asking = device.signIn(await asked())
    const answers = await tries(30)
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true)
    expect(await checkPasskey(asking, { address: '203.0.113.78' })).not.toBeNull()
  })

  it('are kept only for the session that asked, and only if the device did what was asked', async () => {
    const browser = await somebody()
    const other = await api.browser('operator', browser)
    const device = new SoftPasskey(browser.userId)
    const { challenge } = (await ask(browser)).data(PasskeyOptions)
    const body = { name: 'x', response: device.register({ challenge, ...PLACE }) }
    expect((await api.call(other, register, 'POST', { body })).status).toBe(400)
    for (const odd of [
      { isUnverified: true },
      { rpId: 'elsewhere.example' },
      { origin: 'https://elsewhere.example' },
    ]) {
      expect((await keep(browser, device, 'x', odd)).problem().fields?.[0]?.field, JSON.stringify(odd)).toBe('response')
    }
    const forSignIn = device.register({ ...(await asked()) })
    expect((await api.call(browser, register, 'POST', { body: { name: 'x', response: forSignIn } })).status).toBe(400)
    expect((await api.call(browser, register, 'POST', { body })).status).toBe(201)
    // A challenge makes one passkey, of whatever device.
    const again = { name: 'y', response: new SoftPasskey(browser.userId).register({ challenge, ...PLACE }) }
    expect((await api.call(browser, register, 'POST', { body: again })).problem().fields?.[0]?.field).toBe('response')
    const next = (await ask(browser)).data(PasskeyOptions)
    const both = [1, 2].map((name) => {
      const response = new SoftPasskey(browser.userId).register({ challenge: next.challenge, ...PLACE })
      return api.call(browser, register, 'POST', { body: { name: String(name), response } })
    })
    expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([201, 400])
    // What was made for keeping a passkey signs nobody in.
    const forKeeping = (await ask(browser)).data(PasskeyOptions).challenge
    expect(await checkPasskey(device.signIn({ challenge: forKeeping, ...PLACE }), {})).toBeNull()
  })

  it('go with a reset of the second factor', async () => {
    const { browser, device } = await registered()
    const ask = () => api.call('admin', reset, 'POST', { params: { id: browser.userId }, body: {} })
    expect((await ask()).status).toBe(200)
    expect(await signIn(device)).toBeNull()
    expect((await api.call(browser, getAccount, 'GET')).status).toBe(401)
    expect((await ask()).status).toBe(409)
  })

  it('stay when their own administrator resets the second factor: that is for others', async () => {
    at(PLACE.origin)
    const admin = await api.browser('admin')
    await database.prisma.user.update({ where: { id: admin.userId }, data: { passwordHash: await passwordHash } })
    const device = new SoftPasskey(admin.userId)
    expect((await keep(admin, device, 'key')).status).toBe(201)
    const refused = await api.call(admin, reset, 'POST', { params: { id: admin.userId }, body: {} })
    expect(refused.problem()).toMatchObject({ status: 409, recovery: expect.stringContaining('settings') })
    expect(await signIn(device)).not.toBeNull()
  })

  it('are not for people of single sign-on, nor where the console has no name over HTTPS', async () => {
    const foreign = await api.browser('viewer')
    expect((await ask(foreign)).problem()).toMatchObject({
      status: 403,
      detail: expect.stringContaining('single sign-on'),
    })
    const browser = await somebody()
    at('http://127.0.0.1:3000')
    for (const refused of [await ask(browser), await api.call('nobody', signInOptions, 'POST', { body: {} })]) {
      expect(refused.problem()).toMatchObject({ status: 409, recovery: expect.stringContaining('HOLDFAST_PUBLIC_URL') })
    }
  })
})
