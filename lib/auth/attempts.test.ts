import { expect, it } from 'vitest'
import { POST as changePassword } from '@/app/api/v1/account/password/route'
import { claimAttempt, forgiveAttempt, type Guesser, TRIES } from '@/lib/auth/attempts'
import { knownDevice, knownDeviceCookie } from '@/lib/auth/known-device'
import { hashPassword } from '@/lib/auth/passwords'
import { checkCredentials } from '@/lib/auth/sign-in'
import { readEnv } from '@/lib/env'
import { newId } from '@/lib/ids'
import { type TestBrowser, useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'

const PASSWORD = 'correct horse battery'
const MINUTE = 60_000

testDatabases('guesses', (database) => {
  const api = useTestApi(database)

  /** How many of these tries are let through. */
  async function letThrough(count: number, account: string, from: (i: number) => Guesser, now = new Date()) {
    let passed = 0
    for (let i = 0; i < count; i++) {
      await claimAttempt(account, from(i), now).then(
        () => passed++,
        (error) => expect(error).toMatchObject({ code: 'rate_limited', details: { retry_after: expect.any(Number) } }),
      )
    }
    return passed
  }

  it('from one address end after five, and lock nobody out elsewhere', async () => {
    const passwordHash = await hashPassword(PASSWORD)
    await database.prisma.user.create({ data: { id: newId('user'), username: 'ada', role: 'admin', passwordHash } })
    const attacker = { username: 'ada', address: '198.51.100.66' }
    for (let i = 0; i < TRIES.accountFromAddress; i++) {
      expect(await checkCredentials({ ...attacker, password: 'wrong' })).toBeNull()
    }
    await expect(checkCredentials({ ...attacker, password: PASSWORD })).rejects.toMatchObject({ code: 'rate_limited' })
    expect(await checkCredentials({ username: 'ada', password: PASSWORD, address: '192.0.2.7' })).not.toBeNull()
    // That the owner came in does not give the other one new tries.
    await expect(checkCredentials({ ...attacker, password: PASSWORD })).rejects.toMatchObject({ code: 'rate_limited' })
    const later = new Date(Date.now() + 15 * MINUTE)
    expect(await checkCredentials({ ...attacker, password: PASSWORD }, later)).not.toBeNull()
  })

  it('from one IPv6 network count as from one address', async () => {
    expect(await letThrough(8, 'six', (i) => ({ address: `2001:db8:1:2::${i + 1}` }))).toBe(TRIES.accountFromAddress)
    expect(await letThrough(1, 'six', () => ({ address: '2001:db8:1:3::1' }))).toBe(1)
  })

  it('from many addresses end too, and a known device stays free', async () => {
    const fromEverywhere = (i: number) => ({ address: `203.0.113.${i}` })
    expect(await letThrough(60, 'eve', fromEverywhere)).toBe(TRIES.account)
    expect(await letThrough(1, 'eve', () => ({ address: '192.0.2.7' }))).toBe(0)
    expect(await letThrough(1, 'eve', () => ({ address: '192.0.2.7', device: 'laptop' }))).toBe(1)
    expect(await letThrough(1, 'bob', () => ({ address: '192.0.2.7' }))).toBe(1)
    // The window passes.
    expect(await letThrough(1, 'eve', () => ({ address: '192.0.2.7' }), new Date(Date.now() + 15 * MINUTE))).toBe(1)
  })

  it('of many accounts from one address end after thirty, and a known device behind it stays free', async () => {
    let passed = 0
    for (let i = 0; i < 40; i++) passed += await letThrough(1, `spray-${i}`, () => ({ address: '198.51.100.9' }))
    expect(passed).toBe(TRIES.address)
    expect(await letThrough(1, 'ada', () => ({ address: '198.51.100.9' }))).toBe(0)
    expect(await letThrough(1, 'ada', () => ({ address: '198.51.100.9', device: 'laptop' }))).toBe(1)
  })

  it('on a known device end as well: a stolen device is worth ten tries, for its own account', async () => {
    const from = { address: '198.51.100.20', device: 'stolen' }
    expect(await letThrough(40, 'carol', () => from)).toBe(TRIES.device + TRIES.accountFromAddress)
  })

  it('that come all at once do not slip through', async () => {
    const all = Array.from({ length: 20 }, () => claimAttempt('dave', { address: '198.51.100.30' }, new Date()))
    const passed = (await Promise.allSettled(all)).filter(({ status }) => status === 'fulfilled')
    expect(passed.length).toBeLessThanOrEqual(TRIES.accountFromAddress)
  })

  it('are forgiven by a good one, where it came from and nowhere else', async () => {
    const here = { address: '198.51.100.40' }
    await letThrough(TRIES.accountFromAddress - 1, 'erin', () => here)
    await letThrough(TRIES.accountFromAddress, 'erin', () => ({ address: '198.51.100.41' }))
    await forgiveAttempt(await claimAttempt('erin', here, new Date()))
    expect(await letThrough(9, 'erin', () => here)).toBe(TRIES.accountFromAddress)
    expect(await letThrough(1, 'erin', () => ({ address: '198.51.100.41' }))).toBe(0)
  })

  it('are forgotten after a day', async () => {
    const inTwoDays = new Date(Date.now() + 48 * 60 * MINUTE)
    await claimAttempt('frank', {}, inTwoDays)
    expect(await database.prisma.loginAttempt.count({ where: { at: { lt: new Date() } } })).toBe(0)
  })

  it('of the current password are counted in each session', async () => {
    const first = await api.browser('operator')
    const second = await api.browser('operator', first)
    await database.prisma.user.update({
      where: { id: first.userId },
      data: { passwordHash: await hashPassword(PASSWORD) },
    })
    const change = (browser: TestBrowser, current_password: string) =>
      api.call(browser, changePassword, 'POST', { body: { current_password, new_password: 'another long one' } })
    for (let i = 0; i < TRIES.session; i++) expect((await change(first, `guess ${i}`)).status).toBe(400)
    const refused = await change(first, PASSWORD)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    // Whoever has taken over one session does not keep its owner from changing the password in another, or from signing in.
    expect((await change(second, PASSWORD)).status).toBe(200)
    const audited = { action: 'user.password_refused', targetId: first.userId }
    expect(await database.prisma.auditEntry.count({ where: audited })).toBe(TRIES.session)
  })

  it('are not made easier by a device cookie of somebody else, a forged one or an old one', () => {
    const cookie = (account: string, now?: number) => knownDeviceCookie(account, api.env, now).split(';')[0] ?? ''
    const mine = cookie('ada')
    expect(knownDevice(mine, 'ada', api.env)).toMatch(/^[\w-]{16}$/)
    expect(knownDevice(`a=b; ${mine}; c=d`, 'ada', api.env)).toBe(knownDevice(mine, 'ada', api.env))
    const [id, until, signature] = mine.split('=')[1]?.split('.') ?? []
    const forged = [
      null,
      'holdfast.device=',
      `holdfast.device=${id}.${until}.${'A'.repeat(43)}`,
      `holdfast.device=${'A'.repeat(16)}.${until}.${signature}`,
      `holdfast.device=${id}.${Number(until) + 1}.${signature}`,
      cookie('eve'),
      cookie('ada', Date.now() - 181 * 24 * 60 * MINUTE),
    ]
    for (const text of forged) expect(knownDevice(text, 'ada', api.env), String(text)).toBeUndefined()
    const elsewhere = readEnv({ HOLDFAST_STATE_DIR: '/nonexistent', HOLDFAST_AUTH_SECRET: 'x'.repeat(40) })
    expect(knownDevice(mine, 'ada', elsewhere)).toBeUndefined()
    const https = readEnv({ HOLDFAST_STATE_DIR: api.env.stateDir, HOLDFAST_PUBLIC_URL: 'https://storage.example.org' })
    const secure = knownDeviceCookie('ada', https)
    expect(secure).toMatch(/^__Host-holdfast\.device=.*; Path=\/; .*HttpOnly; SameSite=Strict; Secure$/)
    expect(knownDevice(secure.split(';')[0] ?? '', 'ada', https)).toBeDefined()
  })
})
