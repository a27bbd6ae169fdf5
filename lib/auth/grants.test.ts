import { describe, expect, it } from 'vitest'
import { GET as getAccount } from '@/app/api/v1/account/route'
import { POST as createToken } from '@/app/api/v1/tokens/route'
import { POST as makeResetLink } from '@/app/api/v1/users/[id]/password-reset/route'
import { POST as resetSecondFactor } from '@/app/api/v1/users/[id]/reset-second-factor/route'
import { POST as revokeSessions } from '@/app/api/v1/users/[id]/revoke-sessions/route'
import { DELETE as deleteUser, PATCH as updateUser } from '@/app/api/v1/users/[id]/route'
import { POST as createUser } from '@/app/api/v1/users/route'
import { forgetActors } from '@/lib/auth/actor-cache'
import { PERMISSIONS, type Permission, permissionsOf } from '@/lib/auth/permissions'
import { newId } from '@/lib/ids'
import { NewToken, type Role, UserView } from '@/lib/users/schema'
import { type ApiAnswer, useTestApi } from '@/testing/api'
import { testDatabases, useTestDatabase } from '@/testing/database'

const PASSWORD = 'correct horse battery'
const ROLES: Role[] = ['viewer', 'operator', 'admin']

/** Everybody who could try to give something. A person has a role; a token a role, and perhaps less than all of it. */
const VIEWING = [...permissionsOf('viewer')]
const GRANTORS: [string, Role, Permission[] | null][] = [
  ['a viewer', 'viewer', null],
  ['an operator', 'operator', null],
  ['an administrator', 'admin', null],
  ['a token for users alone', 'admin', ['users.admin']],
  ['a token for tokens alone', 'admin', ['tokens.admin']],
  ['a token for users and tokens', 'admin', ['users.admin', 'tokens.admin']],
  ['a token for users that sees everything', 'admin', [...VIEWING, 'users.admin', 'tokens.admin']],
  ['a token that has all of an operator', 'admin', [...permissionsOf('operator'), 'users.admin', 'tokens.admin']],
  ['a token that lacks one permission', 'admin', PERMISSIONS.filter((name) => name !== 'mounts.abandon')],
  ['a token without users and tokens', 'admin', PERMISSIONS.filter((name) => !/^(users|tokens)/.test(name))],
]

describe('nobody gives more than they have', () => {
  const database = useTestDatabase()
  const api = useTestApi(database)

  /** A user with this role to be changed, made without asking anybody. */
  async function somebody(role: Role, isDisabled = false): Promise<string> {
    const id = newId('user')
    const row = { id, username: id.toLowerCase(), role, passwordHash: '!', disabledAt: isDisabled ? new Date() : null }
    await database.prisma.user.create({ data: row })
    return id
  }

  type Call = (as: Record<string, string>, role: Role) => Promise<ApiAnswer>
  const call = (
    as: Record<string, string>,
    route: Parameters<typeof api.call>[1],
    method: string,
    body?: unknown,
    id?: string,
  ) => api.call('nobody', route, method, { headers: as, body, ...(id === undefined ? {} : { params: { id } }) })

  /** Every way to give power over this role to somebody, with the permission that it needs anyway. */
  const PATHS: [string, Permission, Call][] = [
    [
      'make a user',
      'users.admin',
      (as, role) => call(as, createUser, 'POST', { username: newId('user').toLowerCase(), password: PASSWORD, role }),
    ],
    [
      'raise a viewer',
      'users.admin',
      async (as, role) => call(as, updateUser, 'PATCH', { role }, await somebody('viewer')),
    ],
    [
      'set a password',
      'users.admin',
      async (as, role) => call(as, updateUser, 'PATCH', { password: PASSWORD }, await somebody(role)),
    ],
    [
      'make a link to a new password',
      'users.admin',
      async (as, role) => call(as, makeResetLink, 'POST', {}, await somebody(role)),
    ],
    [
      'take a second factor away',
      'users.admin',
      async (as, role) => {
        const id = await somebody(role)
        await database.prisma.totp.create({ data: { userId: id, sealedSecret: '-', confirmedAt: new Date() } })
        return call(as, resetSecondFactor, 'POST', {}, id)
      },
    ],
    [
      'enable a user',
      'users.admin',
      async (as, role) => call(as, updateUser, 'PATCH', { disabled: false }, await somebody(role, true)),
    ],
    [
      'disable a user',
      'users.admin',
      async (as, role) => call(as, updateUser, 'PATCH', { disabled: true }, await somebody(role)),
    ],
    [
      'delete a user',
      'users.admin',
      async (as, role) => call(as, deleteUser, 'DELETE', undefined, await somebody(role)),
    ],
    [
      'end the sessions of a user',
      'users.admin',
      async (as, role) => call(as, revokeSessions, 'POST', undefined, await somebody(role)),
    ],
    ['make a token', 'tokens.admin', (as, role) => call(as, createToken, 'POST', { name: 'made', role })],
  ]

  const headersOf = async (role: Role, scopes: Permission[] | null): Promise<Record<string, string>> =>
    scopes === null ? (await api.browser(role)).headers : { authorization: `Bearer ${await api.token(role, scopes)}` }

  describe.each(GRANTORS)('%s', (_who, role, scopes) => {
    it.each(PATHS)('may %s only of what it has itself', async (_what, needed, give) => {
      const as = await headersOf(role, scopes)
      const held = permissionsOf(role, scopes)
      for (const wanted of ROLES) {
        const isAllowed =
          held.has(needed) &&
          [...permissionsOf(wanted)].every((permission) => held.has(permission)) &&
          // Raising a viewer takes power over viewers, too.
          VIEWING.every((permission) => held.has(permission))
        const answer = await give(as, wanted)
        expect([200, 201].includes(answer.status), `${wanted}: ${answer.text}`).toBe(isAllowed)
        if (!isAllowed) expect(answer.status).toBe(403)
      }
    })

    it('makes no token with a scope that it has not', async () => {
      const as = await headersOf(role, scopes)
      const held = permissionsOf(role, scopes)
      for (const scope of PERMISSIONS) {
        const answer = await call(as, createToken, 'POST', { name: 'made', role: 'admin', scopes: [scope] })
        expect(answer.status, scope).toBe(held.has('tokens.admin') && held.has(scope) ? 201 : 403)
        if (answer.status !== 201) continue
        const made = { authorization: `Bearer ${answer.data(NewToken).token}` }
        const account = await call(made, getAccount, 'GET')
        expect(account.status).toBe(scope === 'account.own' ? 200 : 403)
      }
    })
  })

  it('and a refusal says what is missing', async () => {
    const as = { authorization: `Bearer ${await api.token('admin', ['users.admin'])}` }
    const refused = await call(as, createUser, 'POST', { username: 'ladder', password: PASSWORD, role: 'admin' })
    expect(refused.problem().detail).toMatch(/^The API token "test admin" may not .* role admin.* \([a-z]+\.[a-z]+\)/)
    expect(await database.prisma.user.count({ where: { username: 'ladder' } })).toBe(0)
  })
})

testDatabases('a token', (database) => {
  const api = useTestApi(database)

  async function made(as: Record<string, string>, role: Role): Promise<Record<string, string>> {
    const answer = await api.call('nobody', createToken, 'POST', { headers: as, body: { name: 'mine', role } })
    return { authorization: `Bearer ${answer.data(NewToken).token}` }
  }
  async function permissions(as: Record<string, string>): Promise<string[] | number> {
    const answer = await api.call('nobody', getAccount, 'GET', { headers: as })
    return answer.status === 200 ? (answer.body as { data: { permissions: string[] } }).data.permissions : answer.status
  }
  it('makes none that lasts longer than itself, however long is asked for', async () => {
    const make = async (as: Record<string, string>, days: number | null) => {
      const body = { name: 'lasting', role: 'admin', expires_in_days: days }
      return (await api.call('nobody', createToken, 'POST', { headers: as, body })).data(NewToken)
    }
    const person = await api.browser('admin')
    const first = await make(person.headers, 1)
    const headers = { authorization: `Bearer ${first.token}` }
    for (const days of [null, 3650, 2]) {
      const second = await make(headers, days)
      expect(second.expires_at).toBe(first.expires_at)
      const third = await make({ authorization: `Bearer ${second.token}` }, days)
      expect(third.expires_at).toBe(first.expires_at)
    }
    const endless = await make(person.headers, null)
    expect(endless.expires_at).toBeNull()
    expect((await make({ authorization: `Bearer ${endless.token}` }, null)).expires_at).toBeNull()
  })

  const sorted = (role: Role) => [...permissionsOf(role)].sort()

  it('never does more than its owner may now, also when another token has made it', async () => {
    await api.browser('admin')
    const owner = await api.browser('admin')
    const first = await made(owner.headers, 'admin')
    const second = await made(first, 'admin')
    const small = await made(first, 'viewer')
    for (const as of [first, second]) expect(await permissions(as)).toEqual(sorted('admin'))
    for (const role of ['operator', 'viewer'] as const) {
      await api.call('admin', updateUser, 'PATCH', { params: { id: owner.userId }, body: { role } })
      for (const as of [first, second]) expect(await permissions(as)).toEqual(sorted(role))
      expect(await permissions(small)).toEqual(sorted('viewer'))
    }
    const disabled = async (value: boolean) =>
      (await api.call('admin', updateUser, 'PATCH', { params: { id: owner.userId }, body: { disabled: value } })).data(
        UserView,
      )
    await disabled(true)
    for (const as of [first, second, small]) expect(await permissions(as)).toBe(401)
    await disabled(false)
    expect(await permissions(small)).toEqual(sorted('viewer'))
    await api.call('admin', deleteUser, 'DELETE', { params: { id: owner.userId } })
    for (const as of [first, second, small]) expect(await permissions(as)).toBe(401)
    const rows = await database.prisma.apiToken.findMany({ where: { ownerId: owner.userId } })
    expect(rows.map((row) => row.revokedAt)).toEqual(rows.map(() => expect.any(Date)))
    expect(rows).toHaveLength(3)
    // Also where the rows of its tokens were left as they are.
    await database.prisma.apiToken.updateMany({ where: { ownerId: owner.userId }, data: { revokedAt: null } })
    forgetActors()
    expect(await permissions(first)).toBe(401)
  })
})
