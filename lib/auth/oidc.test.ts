import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { POST as changePassword } from '@/app/api/v1/account/password/route'
import { GET as getAccount } from '@/app/api/v1/account/route'
import { DELETE as deleteUser, GET as getUser, PATCH as updateUser } from '@/app/api/v1/users/[id]/route'
import { TRIES } from '@/lib/auth/attempts'
import { type Claims, roleOf, usernameOf } from '@/lib/auth/oidc-claims'
import { oidcClientSecret } from '@/lib/auth/oidc-settings'
import { signInWithClaims } from '@/lib/auth/oidc-sign-in'
import { hashPassword } from '@/lib/auth/passwords'
import { createSession, type SignedIn } from '@/lib/auth/sessions'
import { checkCredentials } from '@/lib/auth/sign-in'
import { readEnv } from '@/lib/env'
import { newId } from '@/lib/ids'
import { reveal } from '@/lib/secret'
import { UserView } from '@/lib/users/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'

const VARIABLES = {
  HOLDFAST_OIDC_ISSUER: 'https://id.example.org/',
  HOLDFAST_OIDC_CLIENT_ID: 'holdfast',
  HOLDFAST_OIDC_CLIENT_SECRET: 'fake-client-secret',
  HOLDFAST_OIDC_ADMINS: 'storage-admins, root',
  HOLDFAST_OIDC_OPERATORS: 'ops',
  HOLDFAST_OIDC_VIEWERS: 'staff',
}

function settingsOf(change: Record<string, string | undefined> = {}) {
  const { oidc } = readEnv({ ...VARIABLES, ...change })
  if (!oidc) throw new Error('single sign-on is not set')
  return oidc
}

describe('settings of single sign-on', () => {
  it('are absent, or whole with defaults', () => {
    expect(readEnv({}).oidc).toBeUndefined()
    const { clientSecret: _secret, ...rest } = settingsOf()
    expect(rest).toEqual({
      issuer: 'https://id.example.org',
      clientId: 'holdfast',
      name: 'single sign-on',
      scopes: 'openid profile email',
      roleClaim: 'groups',
      values: { admin: ['storage-admins', 'root'], operator: ['ops'], viewer: ['staff'] },
    })
    expect(JSON.stringify(readEnv(VARIABLES))).not.toContain('fake-client-secret')
  })

  it.each([
    [{ HOLDFAST_OIDC_ISSUER: undefined }, /HOLDFAST_OIDC_ISSUER is missing/],
    [{ HOLDFAST_OIDC_CLIENT_ID: '' }, /HOLDFAST_OIDC_CLIENT_ID is missing/],
    [{ HOLDFAST_OIDC_CLIENT_SECRET: undefined }, /HOLDFAST_OIDC_CLIENT_SECRET is missing.*_FILE/],
    [{ HOLDFAST_OIDC_CLIENT_SECRET_FILE: '/run/secret' }, /keep one of them/],
    [
      { HOLDFAST_OIDC_ADMINS: ' , ', HOLDFAST_OIDC_OPERATORS: undefined, HOLDFAST_OIDC_VIEWERS: undefined },
      /HOLDFAST_OIDC_ADMINS is missing/,
    ],
    [{ HOLDFAST_OIDC_ISSUER: 'http://id.example.org' }, /HOLDFAST_OIDC_ISSUER must be .* https/],
    [{ HOLDFAST_OIDC_SCOPES: 'profile' }, /HOLDFAST_OIDC_SCOPES must begin with openid/],
  ])('are refused half set: %o', (change, message) => {
    expect(() => readEnv({ ...VARIABLES, ...change })).toThrow(message)
    expect(() => readEnv({ ...VARIABLES, ...change })).not.toThrow('fake-client-secret')
  })

  it('are refused when only the name is set', () => {
    expect(() => readEnv({ HOLDFAST_OIDC_NAME: 'Keycloak' })).toThrow(
      /ISSUER is missing: HOLDFAST_OIDC_NAME is set.*CLIENT_ID.*CLIENT_SECRET.*ADMINS/,
    )
  })

  it('take the secret from a file, as it is now', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'holdfast-oidc-'))
    const file = path.join(directory, 'secret')
    const settings = settingsOf({ HOLDFAST_OIDC_CLIENT_SECRET: '', HOLDFAST_OIDC_CLIENT_SECRET_FILE: file })
    expect(() => oidcClientSecret(settings)).toThrow(`${file} cannot be read (ENOENT)`)
    writeFileSync(file, ' \n')
    expect(() => oidcClientSecret(settings)).toThrow('is empty')
    writeFileSync(file, 'from-a-file\n')
    expect(reveal(oidcClientSecret(settings))).toBe('from-a-file')
    rmSync(directory, { recursive: true })
  })
})

describe('claims', () => {
  const claims = (more: Record<string, unknown>): Claims => ({ iss: 'https://id.example.org', sub: 'u-1', ...more })

  it.each([
    [{ groups: ['staff', 'ops'] }, {}, 'operator'],
    [{ groups: 'root' }, {}, 'admin'],
    [{ groups: ['Root', 'roots', ''] }, {}, null],
    [{ groups: { root: true } }, {}, null],
    [{}, {}, null],
    [{ realm_access: { roles: ['staff'] } }, { HOLDFAST_OIDC_ROLE_CLAIM: 'realm_access.roles' }, 'viewer'],
    [{ 'https://x.org/roles': ['ops'] }, { HOLDFAST_OIDC_ROLE_CLAIM: 'https://x.org/roles' }, 'operator'],
    [{}, { HOLDFAST_OIDC_ROLE_CLAIM: 'constructor.name', HOLDFAST_OIDC_ADMINS: 'Object' }, null],
  ])('%o give the highest mapped role', (more, change, role) => {
    expect(roleOf(claims(more), settingsOf(change))).toBe(role)
  })

  it('give a name that can be one here', () => {
    expect(usernameOf(claims({ preferred_username: 'Ada', email: 'x@example.org' }))).toBe('ada')
    expect(usernameOf(claims({ preferred_username: 'Ada Lovelace', email: 'ada@example.org' }))).toBe('ada@example.org')
    expect(usernameOf(claims({}))).toBe('u-1')
    expect(usernameOf(claims({ sub: 'auth0|7' }))).toBeNull()
  })
})

testDatabases('single sign-on', (database) => {
  const api = useTestApi(database)
  const settings = settingsOf()
  const claimsOf = (sub: string, groups: string[], more: Record<string, unknown> = {}): Claims => ({
    iss: 'https://id.example.org',
    sub,
    preferred_username: sub,
    groups,
    ...more,
  })
  const enter = (claims: Claims) => signInWithClaims(settings, claims, undefined)
  const admitted = async (claims: Claims): Promise<SignedIn> => {
    const outcome = await enter(claims)
    if ('refused' in outcome) throw new Error(`refused: ${outcome.refused}`)
    return outcome
  }
  const liveSessions = (userId: string) => database.prisma.session.count({ where: { userId, revokedAt: null } })

  it('makes nobody before the setup link has made the first administrator', async () => {
    expect(await enter(claimsOf('early', ['root']))).toEqual({ refused: 'OidcNotSetUp' })
    expect(await database.prisma.user.count()).toBe(0)
    const passwordHash = await hashPassword('correct horse battery')
    await database.prisma.user.create({ data: { id: newId('user'), username: 'local', role: 'admin', passwordHash } })
  })

  it('makes a user without a password, and knows them by issuer and subject whatever they are called', async () => {
    const first = await admitted(claimsOf('grace', ['staff'], { name: ' Grace Hopper ' }))
    expect(first).toMatchObject({ username: 'grace', role: 'viewer' })
    const again = await admitted(claimsOf('grace', ['staff'], { preferred_username: 'local', email: 'x@example.org' }))
    expect(again).toEqual(first)
    const { data } = await api.call('admin', getUser, 'GET', { params: { id: first.id } })
    expect(data(UserView)).toMatchObject({ display_name: 'Grace Hopper', sign_in: 'single_sign_on', role: 'viewer' })
    expect(await checkCredentials({ username: 'grace', password: '!' })).toBeNull()
    const [entry] = await database.prisma.auditEntry.findMany({ where: { targetId: first.id, action: 'user.created' } })
    expect(entry).toMatchObject({ actorKind: 'system', actorName: 'single sign-on' })
  })

  it('makes one user of two first sign-ins at once', async () => {
    const both = await Promise.all([admitted(claimsOf('twin', ['ops'])), admitted(claimsOf('twin', ['ops']))])
    expect(both[0]).toEqual(both[1])
  })

  it('never takes over a user of the same name', async () => {
    expect(await enter(claimsOf('local', ['root']))).toEqual({ refused: 'OidcNameTaken' })
    expect(await enter(claimsOf('other', ['root'], { preferred_username: 'Grace' }))).toEqual({
      refused: 'OidcNameTaken',
    })
    expect(await checkCredentials({ username: 'local', password: 'correct horse battery' })).not.toBeNull()
    expect(await enter(claimsOf('auth0|7', ['root']))).toEqual({ refused: 'OidcNoName' })
    const foreign = { ...claimsOf('grace', ['root']), iss: 'https://evil.example.org' }
    expect(await enter(foreign)).toEqual({ refused: 'OidcOtherIssuer' })
  })

  it('takes the role of each sign-in, and ends the sessions that began with another', async () => {
    const user = await admitted(claimsOf('joan', ['ops']))
    await createSession(user, {})
    expect(await admitted(claimsOf('joan', ['ops']))).toMatchObject({ role: 'operator' })
    expect(await liveSessions(user.id)).toBe(1)
    expect(await admitted(claimsOf('joan', ['root']))).toMatchObject({ id: user.id, role: 'admin' })
    expect(await liveSessions(user.id)).toBe(0)
    await createSession(user, {})
    expect(await enter(claimsOf('joan', []))).toMatchObject({ refused: 'OidcNoRole' })
    expect(await liveSessions(user.id)).toBe(0)
    const trail = await database.prisma.auditEntry.findMany({
      where: { targetId: user.id },
      orderBy: { sequence: 'asc' },
    })
    expect(trail.map(({ action, result }) => [action, result])).toEqual([
      ['user.created', 'success'],
      ['user.updated', 'success'],
      ['session.refused', 'failure'],
    ])
  })

  it('leaves password and role to the identity provider, and disabling to the console', async () => {
    const user = await admitted(claimsOf('mary', ['ops']))
    const change = (body: object) => api.call('admin', updateUser, 'PATCH', { params: { id: user.id }, body })
    expect((await change({ password: 'a long enough one' })).problem().fields?.[0]?.field).toBe('password')
    expect((await change({ role: 'admin' })).problem().detail).toContain('identity provider')
    expect((await change({ role: 'operator', display_name: 'Mary' })).status).toBe(200)
    expect((await change({ disabled: true })).status).toBe(200)
    expect(await enter(claimsOf('mary', ['ops']))).toMatchObject({ refused: 'OidcDisabled' })
    expect((await change({ disabled: false })).status).toBe(200)
    expect(await admitted(claimsOf('mary', ['ops']))).toEqual(user)
    expect((await api.call('admin', deleteUser, 'DELETE', { params: { id: user.id } })).status).toBe(200)
    expect((await admitted(claimsOf('mary', ['ops']))).id).not.toBe(user.id)
  })

  it('has no password to change', async () => {
    const browser = await api.browser('viewer')
    const body = { current_password: '!', new_password: 'a long enough one' }
    const answer = await api.call(browser, changePassword, 'POST', { body })
    expect(answer.status).toBe(403)
    expect((await api.call(browser, getAccount, 'GET')).status).toBe(200)
  })

  it('slows down somebody who is refused again and again', async () => {
    for (let i = 0; i < TRIES.accountFromAddress; i++) await enter(claimsOf('pushy', []))
    await expect(enter(claimsOf('pushy', ['root']))).rejects.toMatchObject({ code: 'rate_limited' })
  })
})
