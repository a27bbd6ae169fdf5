import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readEnv } from '@/lib/env'
import { oidcSecretFileFor, setOwners } from '@/lib/supervisor/state-owners'

const OWNERS = { web: 61_600, controller: 61_601, group: 61_602, isNamed: false }
let directory: string
const at = (file: string) => path.join(directory, file)
const env = (extra: Record<string, string> = {}) => readEnv({ HOLDFAST_STATE_DIR: directory, ...extra })

function put(file: string, content = 'content'): void {
  mkdirSync(path.dirname(at(file)), { recursive: true, mode: 0o700 })
  writeFileSync(at(file), content, { mode: 0o600 })
}

/** `uid:gid mode` of a file. */
function ownerOf(file: string): string {
  const { uid, gid, mode } = lstatSync(at(file))
  return `${uid}:${gid} ${(mode & 0o7777).toString(8)}`
}

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'holdfast-owners-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** An installation of root's, from before there were users. */
const OLD = [
  'holdfast.db',
  'web/session-secret',
  'controller/authority.json',
  'controller/secrets-have-destinations.json',
  'controller/sealing-keys.json',
  'agent/host.key',
  'log/web.log',
]

test('an installation of root changes hands file by file, and no content changes', () => {
  for (const file of OLD) put(file, file)
  setOwners(env(), OWNERS)
  const { web, controller, group } = OWNERS
  expect(
    Object.fromEntries(
      [
        ...OLD,
        '',
        'web',
        'controller',
        'agent',
        'log',
        'run',
        'run/web',
        'run/controller',
        'holdfast.db-wal',
        'holdfast.db-shm',
      ].map((file) => [file, ownerOf(file)]),
    ),
  ).toEqual({
    '': `0:${group} 750`,
    'holdfast.db': `${controller}:${group} 660`,
    'holdfast.db-wal': `${controller}:${group} 660`,
    'holdfast.db-shm': `${controller}:${group} 660`,
    web: `${web}:${group} 700`,
    'web/session-secret': `${web}:${group} 600`,
    controller: `${controller}:${group} 700`,
    'controller/authority.json': `${controller}:${group} 600`,
    'controller/secrets-have-destinations.json': `${controller}:${group} 600`,
    'controller/sealing-keys.json': `${controller}:${group} 600`,
    agent: '0:0 700',
    'agent/host.key': '0:0 600',
    log: '0:0 700',
    'log/web.log': '0:0 600',
    run: `0:${group} 750`,
    'run/web': `${web}:${group} 750`,
    'run/controller': `${controller}:${group} 750`,
  })
  for (const file of OLD) expect(readFileSync(at(file), 'utf8')).toBe(file)
})

test('set again, also after a restore as root or by other ids, it is the same', () => {
  for (const file of OLD) put(file)
  setOwners(env(), OWNERS)
  chownSync(at('controller/authority.json'), 0, 0)
  chownSync(at('web'), 4_242, 4_242)
  chownSync(at('web/session-secret'), 4_242, 4_242)
  setOwners(env(), OWNERS)
  expect(ownerOf('controller/authority.json')).toBe(`${OWNERS.controller}:${OWNERS.group} 600`)
  expect(ownerOf('web')).toBe(`${OWNERS.web}:${OWNERS.group} 700`)
  expect(ownerOf('web/session-secret')).toBe(`${OWNERS.web}:${OWNERS.group} 600`)
})

test('a web that was taken over gets no file of root by a link in its directory', () => {
  setOwners(env(), OWNERS)
  put('of-root')
  symlinkSync(at('of-root'), at('web/session-secret'))
  expect(() => setOwners(env(), OWNERS)).toThrow()
  rmSync(at('web/session-secret'))
  linkSync(at('of-root'), at('web/session-secret'))
  expect(() => setOwners(env(), OWNERS)).toThrow(/session-secret is not a file of its own/)
  // It was taken back before anything in it was looked at.
  expect(ownerOf('web')).toBe('0:0 700')
  expect(ownerOf('of-root')).toBe('0:0 600')
  rmSync(at('web/session-secret'))
  linkSync(at('of-root'), at('web/other'))
  setOwners(env(), OWNERS)
  expect(ownerOf('of-root')).toBe('0:0 600')
})

test('a key that was being made when web was killed has one name again', () => {
  setOwners(env(), OWNERS)
  put('web/session-secret.0123456789ab', 'the key')
  linkSync(at('web/session-secret.0123456789ab'), at('web/session-secret'))
  setOwners(env(), OWNERS)
  expect(readdirSync(at('web'))).toEqual(['session-secret'])
  expect(readFileSync(at('web/session-secret'), 'utf8')).toBe('the key')
  expect(ownerOf('web/session-secret')).toBe(`${OWNERS.web}:${OWNERS.group} 600`)
})

test('a controller that leaves something in its directory is not in the way of the next start', () => {
  setOwners(env(), OWNERS)
  put('controller/other')
  setOwners(env(), OWNERS)
  expect(ownerOf('controller')).toBe(`${OWNERS.controller}:${OWNERS.group} 700`)
  expect(ownerOf('controller/other')).toBe('0:0 600')
})

test('a directory of other things that was named for the socket is neither emptied nor given away', () => {
  put('shared/of-somebody')
  const elsewhere = env({ HOLDFAST_BUS_SOCKET: at('shared/bus.sock') })
  expect(() => setOwners(elsewhere, OWNERS)).toThrow(/holds other things.*of-somebody.*HOLDFAST_BUS_SOCKET/)
  expect(ownerOf('shared/of-somebody')).toBe('0:0 600')
  rmSync(at('shared/of-somebody'))
  put('shared/bus.sock')
  setOwners(elsewhere, OWNERS)
  expect(ownerOf('shared')).toBe(`${OWNERS.controller}:${OWNERS.group} 750`)
})

test('a link in the place of a directory or of the database is refused', () => {
  put('elsewhere/file')
  symlinkSync(at('elsewhere'), at('web'))
  expect(() => setOwners(env(), OWNERS)).toThrow()
  expect(ownerOf('elsewhere')).toBe('0:0 700')
  rmSync(at('web'))
  symlinkSync(at('elsewhere/file'), at('holdfast.db'))
  expect(() => setOwners(env(), OWNERS)).toThrow(/holdfast\.db is not a file/)
  expect(ownerOf('elsewhere/file')).toBe('0:0 600')
})

test('a directory of keys that holds other things is not given away', () => {
  put('etc/passwd')
  expect(() => setOwners(env({ HOLDFAST_CONTROLLER_DIR: at('etc') }), OWNERS)).toThrow(/HOLDFAST_CONTROLLER_DIR/)
  expect(ownerOf('etc')).toBe('0:0 700')
  expect(ownerOf('etc/passwd')).toBe('0:0 600')
})

test('where others than root may rename things, nothing is split', () => {
  put('data/holdfast.db')
  chmodSync(at('data'), 0o777)
  const elsewhere = env({ HOLDFAST_DATABASE_URL: `file:${at('data/holdfast.db')}` })
  expect(() => setOwners(elsewhere, OWNERS)).toThrow(/data can be written by others than root; run: chown root/)
  chmodSync(at('data'), 0o700)
  chownSync(directory, 4_242, 4_242)
  expect(() => setOwners(env(), OWNERS)).toThrow(/can be written by others than root/)
})

test('what can be lost is thrown away when it was left by another user', () => {
  put('run/controller/bus.sock')
  setOwners(env(), OWNERS)
  expect(existsSync(at('run/controller/bus.sock'))).toBe(false)
})

test('web gets a copy of the client secret of single sign-on for itself', () => {
  put('root-only', 'not-a-secret')
  const settings = env({
    HOLDFAST_OIDC_ISSUER: 'https://id.example.org',
    HOLDFAST_OIDC_CLIENT_ID: 'holdfast',
    HOLDFAST_OIDC_ADMINS: 'admins',
    HOLDFAST_OIDC_CLIENT_SECRET_FILE: at('root-only'),
  })
  setOwners(settings, OWNERS)
  const copy = oidcSecretFileFor(settings, OWNERS) ?? ''
  expect(readFileSync(copy, 'utf8')).toBe('not-a-secret')
  expect(ownerOf(path.relative(directory, copy))).toBe(`${OWNERS.web}:${OWNERS.group} 400`)
  expect(oidcSecretFileFor(env(), OWNERS)).toBeUndefined()
})
