import { expect, it } from 'vitest'
import { GET as listPasskeys } from '@/app/api/v1/account/passkeys/route'
import { GET as getAccount } from '@/app/api/v1/account/route'
import { GET as getRules, PATCH as setRules } from '@/app/api/v1/installation/sign-in-rules/route'
import { GET as listSessions } from '@/app/api/v1/sessions/route'
import { GET as listBackends } from '@/app/api/v1/storage/backends/route'
import { forgetActors } from '@/lib/auth/actor-cache'
import { newId } from '@/lib/ids'
import type { Role } from '@/lib/users/schema'
import { SignInRules } from '@/lib/users/second-factor-schema'
import { type TestBrowser, useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'

testDatabases('a second factor that is required', (database) => {
  const api = useTestApi(database)

  const set = (second_factor: string, as: Parameters<typeof api.call>[0] = 'admin') =>
    api.call(as, setRules, 'PATCH', { body: { second_factor } })
  const mayRead = async (who: Parameters<typeof api.call>[0]) =>
    (await api.call(who, listBackends, 'GET')).status === 200

  const withTotp = async (who: TestBrowser, confirmedAt: Date | null) => {
    const data = { sealedSecret: '-', confirmedAt }
    await database.prisma.totp.upsert({
      where: { userId: who.userId },
      create: { userId: who.userId, ...data },
      update: data,
    })
    forgetActors()
  }
  const withPasskey = async (who: TestBrowser) => {
    const id = newId('passkey')
    const row = {
      id,
      name: 'x',
      credentialId: id,
      publicKey: '',
      counter: 0n,
      transports: '',
      challengedAt: new Date(),
    }
    await database.prisma.passkey.create({ data: { ...row, userId: who.userId } })
    forgetActors()
  }

  it('is required of nobody at first, and then of those that were decided', async () => {
    const people: Record<Role, TestBrowser> = {
      viewer: await api.browser('viewer'),
      operator: await api.browser('operator'),
      admin: await api.browser('admin'),
    }
    const who = async () =>
      (
        await Promise.all(
          (['viewer', 'operator', 'admin'] as const).map(async (role) => ((await mayRead(people[role])) ? [] : [role])),
        )
      ).flat()
    expect((await api.call('admin', getRules, 'GET')).data(SignInRules)).toEqual({ second_factor: 'optional' })
    expect(await who()).toEqual([])
    expect((await set('administrators')).status).toBe(200)
    expect(await who()).toEqual(['admin'])
    expect((await set('everyone')).status).toBe(200)
    expect(await who()).toEqual(['viewer', 'operator', 'admin'])
    // Tokens are not concerned.
    expect(await mayRead('viewer')).toBe(true)
    expect((await set('optional')).status).toBe(200)
    expect(await who()).toEqual([])
    const entries = await database.prisma.auditEntry.findMany({ where: { action: 'sign_in_rules.updated' } })
    expect(entries).toHaveLength(3)
  })

  it('lets in who has one, and those who have it elsewhere', async () => {
    await set('everyone')
    const [app, device, foreign] = [
      await api.browser('viewer'),
      await api.browser('viewer'),
      await api.browser('viewer'),
    ]
    await withTotp(app, null)
    expect(await mayRead(app)).toBe(false)
    await withTotp(app, new Date())
    expect(await mayRead(app)).toBe(true)
    expect(await mayRead(device)).toBe(false)
    await withPasskey(device)
    expect(await mayRead(device)).toBe(true)
    const identity = { oidcIssuer: 'https://id.example', oidcSubject: foreign.userId }
    await database.prisma.user.update({ where: { id: foreign.userId }, data: identity })
    forgetActors()
    expect(await mayRead(foreign)).toBe(true)
  })

  it('lets the others set one up, and says so', async () => {
    await set('everyone')
    const person = await api.browser('admin')
    for (const route of [getAccount, listSessions, listPasskeys]) {
      expect((await api.call(person, route, 'GET')).status).toBe(200)
    }
    const refused = await api.call(person, listBackends, 'GET')
    expect(refused.problem()).toMatchObject({ status: 403, detail: expect.stringContaining('second factor') })
    expect((await set('optional', person)).status).toBe(403)
  })

  it('is not required by somebody who has none, nor by a token that may do less', async () => {
    await set('optional')
    const person = await api.browser('admin')
    expect((await set('administrators', person)).problem()).toMatchObject({ status: 409 })
    await withPasskey(person)
    expect((await set('administrators', person)).status).toBe(200)
    expect((await set('optional', person)).status).toBe(200)
    const authorization = `Bearer ${await api.token('admin', ['users.admin'])}`
    const answer = await api.call('nobody', setRules, 'PATCH', {
      headers: { authorization },
      body: { second_factor: 'everyone' },
    })
    expect(answer.status).toBe(403)
  })
})
