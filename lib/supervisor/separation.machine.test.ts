import { chmodSync, linkSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readEnv } from '@/lib/env'
import { separate } from '@/lib/supervisor/separation'
import { makeSmallDisk } from '@/testing/small-disk'

let directory: string
const checkout = () => path.join(directory, 'checkout')

/** A demo, so that no user is made on this machine. */
function env(extra: Record<string, string> = {}) {
  return readEnv({ HOLDFAST_DEMO: '1', HOLDFAST_STATE_DIR: path.join(directory, 'state'), ...extra })
}

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'holdfast-separation-'))
  mkdirSync(path.join(directory, 'state'), { mode: 0o700 })
  writeFileSync(path.join(directory, 'state/holdfast.db'), '')
  mkdirSync(path.join(checkout(), 'dist'), { recursive: true })
  for (const part of ['web', 'controller']) writeFileSync(path.join(checkout(), `dist/${part}.mjs`), '')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true })
})

test('bare ids, of two users, are kept from start to start', () => {
  const first = separate(env(), checkout())
  expect(first.asRoot).toBeUndefined()
  expect(first.summary).toMatch(/run as the ids \d+ and \d+, without rights of root/)
  expect(separate(env(), checkout()).summary).toBe(first.summary)
})

test('a checkout that others may not read is named with the cure, and both go on as root', () => {
  chmodSync(path.join(checkout(), 'dist/web.mjs'), 0o600)
  const { asRoot, summary, call } = separate(env(), checkout())
  expect(asRoot).toBe(`the user of web cannot read ${checkout()}/dist/web.mjs; run: chmod -R o+rX ${checkout()}`)
  expect(summary).toContain('all rights of root')
  expect(call('web', ['dist/web.mjs'])).toMatchObject({
    file: process.execPath,
    args: ['dist/web.mjs'],
    env: { HOLDFAST_RUNS_AS_ROOT: asRoot },
  })
})

test('what passes makes nobody root who was not: the start is refused until it is mended or said', () => {
  separate(env(), checkout())
  const page = path.join(checkout(), 'dist/web.mjs')
  chmodSync(page, 0o600)
  const refusal = /ran without rights of root until now, .*cannot read .*chmod -R o\+rX .*chown -R root .*controller/
  expect(() => separate(env(), checkout())).toThrow(refusal)
  expect(() => separate(env(), checkout())).toThrow(refusal)
  chmodSync(page, 0o644)
  expect(separate(env(), checkout()).asRoot).toBeUndefined()
})

test('an installation that runs as root for a reason goes on so, until the reason is gone', () => {
  const page = path.join(checkout(), 'dist/web.mjs')
  chmodSync(page, 0o600)
  separate(env(), checkout())
  expect(separate(env(), checkout()).asRoot).toContain('the user of web cannot read')
  chmodSync(page, 0o644)
  expect(separate(env(), checkout()).asRoot).toBeUndefined()
})

test('a machine without setpriv is told which package brings it', () => {
  vi.stubEnv('PATH', directory)
  expect(separate(env(), checkout()).asRoot).toMatch(/the command (setpriv|unshare) \(package util-linux\) is missing/)
})

test('a state directory of somebody else is said to be in the way', () => {
  chmodSync(path.join(directory, 'state'), 0o777)
  expect(separate(env(), checkout()).asRoot).toContain('can be written by others than root; run: chown root')
})

test('nothing that a part can leave in its own directory makes it root at the next start', () => {
  separate(env(), checkout())
  const key = path.join(directory, 'state/web/session-secret')
  const refused = () => expect(() => separate(env(), checkout())).toThrow(/session-secret is not a file of its own/)
  symlinkSync('/etc/hostname', key)
  refused()
  rmSync(key)
  mkdirSync(key)
  refused()
  rmSync(key, { recursive: true })
  writeFileSync(key, '')
  linkSync(key, path.join(directory, 'state/web/second-name'))
  refused()
})

test('a full disk makes nobody root', () => {
  const disk = makeSmallDisk(256, path.join(directory, 'state'))
  try {
    writeFileSync(path.join(directory, 'state/holdfast.db'), '')
    disk.fill()
    expect(() => separate(env(), checkout())).toThrow(/The disk that holds .*state is full/)
    disk.free()
    expect(separate(env(), checkout()).asRoot).toBeUndefined()
  } finally {
    disk.remove()
  }
})

test('settings and ways to the network are handed on; what signs people in goes to web alone', () => {
  for (const [name, value] of Object.entries({
    HOME: '/root',
    SECRET_OF_ROOT: 'not-a-real-one',
    HTTPS_PROXY: 'http://proxy.example.org',
    HOLDFAST_LOG_LEVEL: 'debug',
    HOLDFAST_AUTH_SECRET: 'not-a-real-one',
    HOLDFAST_OIDC_CLIENT_SECRET: 'not-a-real-one',
  })) {
    vi.stubEnv(name, value)
  }
  const { call } = separate(env(), checkout())
  const names = (part: 'web' | 'controller') => Object.keys(call(part, []).env)
  for (const part of ['web', 'controller'] as const) {
    expect(names(part)).toEqual(
      expect.arrayContaining(['PATH', 'HTTPS_PROXY', 'HOLDFAST_LOG_LEVEL', 'HOLDFAST_BUS_SOCKET']),
    )
    expect(names(part)).not.toContain('HOME')
    expect(names(part)).not.toContain('SECRET_OF_ROOT')
  }
  expect(names('web')).toEqual(expect.arrayContaining(['HOLDFAST_AUTH_SECRET', 'HOLDFAST_OIDC_CLIENT_SECRET']))
  expect(names('controller').filter((name) => /AUTH|OIDC/.test(name))).toEqual([])
})

test('the copy of the secret of single sign-on goes with the setting', () => {
  const file = path.join(directory, 'secret')
  writeFileSync(file, 'not-a-real-one', { mode: 0o600 })
  const copy = path.join(directory, 'state/run/oidc-client-secret')
  const oidc = {
    HOLDFAST_URL: 'https://holdfast.example.org',
    HOLDFAST_OIDC_ISSUER: 'https://sign-in.example.org',
    HOLDFAST_OIDC_CLIENT_ID: 'holdfast',
    HOLDFAST_OIDC_ADMINS: 'admins',
    HOLDFAST_OIDC_CLIENT_SECRET_FILE: file,
  }
  separate(env(oidc), checkout()).call('web', [])
  expect(lstatSync(copy).mode & 0o777).toBe(0o400)
  separate(env(), checkout()).call('web', [])
  expect(lstatSync(copy, { throwIfNoEntry: false })).toBeUndefined()
})

test('at a start of one part the directory of the other, which runs, is left alone', () => {
  const { call } = separate(env(), checkout())
  const web = path.join(directory, 'state/web')
  const before = lstatSync(web, { bigint: true }).ctimeNs
  call('controller', [])
  expect(lstatSync(web, { bigint: true }).ctimeNs).toBe(before)
  call('web', [])
  expect(lstatSync(web, { bigint: true }).ctimeNs).not.toBe(before)
})

test('a state directory behind a link is found, also where its own place is closed', () => {
  const link = path.join(tmpdir(), path.basename(directory).replace('separation', 'link'))
  symlinkSync(path.join(directory, 'state'), link)
  try {
    expect(separate(env({ HOLDFAST_STATE_DIR: link }), checkout()).asRoot).toBeUndefined()
    expect(lstatSync(path.join(directory, 'state')).mode & 0o777).toBe(0o750)
  } finally {
    rmSync(link)
  }
})

test('a deep state directory has its socket where both find it', () => {
  const deep = path.join(directory, 'state', 'd'.repeat(90))
  mkdirSync(deep, { mode: 0o700 })
  writeFileSync(path.join(deep, 'holdfast.db'), '')
  const settings = env({ HOLDFAST_STATE_DIR: deep })
  expect(path.dirname(settings.busSocket)).toMatch(/^\/run\/holdfast-/)
  const { call } = separate(settings, checkout())
  expect(call('web', []).env.HOLDFAST_BUS_SOCKET).toBe(settings.busSocket)
  expect(call('controller', []).env.HOLDFAST_BUS_SOCKET).toBe(settings.busSocket)
  expect(lstatSync(path.dirname(settings.busSocket)).mode & 0o777).toBe(0o750)
  rmSync(path.dirname(settings.busSocket), { recursive: true })
})
