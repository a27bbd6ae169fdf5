import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FoundMount, MountCall } from '@/lib/attach-targets/contract/mounts'
import { lxcTarget } from '@/lib/attach-targets/lxc/host'
import { lxcMounts } from '@/lib/attach-targets/lxc/mounts'
import { lxcPower } from '@/lib/attach-targets/lxc/power'
import { IDS, openRealLxc, type RealLxc } from '@/testing/attach-targets/real-lxc'
import { testId } from '@/testing/ids'

let lxc: RealLxc
const logged: string[] = []
const CALL: MountCall = {
  operationId: testId('operation', 'a'),
  signal: new AbortController().signal,
  accepted: [],
  log: (line) => void logged.push(line),
  step: (_name, work) => work(),
  secretFile: () => Promise.reject(new Error('nothing is given in files')),
  requireThere: () => undefined,
  isOurs: () => true,
}
const UNPRIVILEGED = IDS.map((line) => `lxc.idmap = ${line}`)

beforeAll(() => {
  lxc = openRealLxc()
  lxc.define('web')
  lxc.define('small', UNPRIVILEGED)
})
afterAll(() => lxc?.close())

/** A directory that stands for one of a mount. */
function storage(name: string, owner = 0, mode = 0o755): string {
  const directory = path.join(lxc.directory, '.storage', name)
  mkdirSync(directory, { recursive: true })
  chmodSync(path.dirname(directory), 0o755)
  chmodSync(directory, mode)
  chownSync(directory, owner, owner)
  return directory
}
const mountOf = (source: string, over: Partial<FoundMount> = {}): FoundMount => ({
  attachmentId: testId('attachment', 'a'),
  mountId: testId('mount', 'a'),
  path: source,
  inside: '/srv/data',
  readOnly: false,
  ...over,
})
const configFile = (name: string) => path.join(lxc.directory, name, 'config')
async function power(name: string, action: 'start' | 'off') {
  const found = await lxcPower.find(lxc.host, name)
  if (found !== null) await lxcPower.act(lxc.host, found, action)
}
const write = (name: string, file: string) => lxc.inside(name, '/bin/busybox', 'sh', '-c', `echo from-inside > ${file}`)

test('a container has what it was given, and is left as it was when that is taken away', async () => {
  // No line end, and bytes that are no UTF-8: neither is ours to mend.
  const before = Buffer.concat([Buffer.from(lxc.configOf('web')), Buffer.from([0x23, 0x20, 0xe4, 0xff])])
  writeFileSync(configFile('web'), before)
  const bytes = () => lxc.bytesOf('web').toString('latin1')
  const source = storage('with blank, ä and \\')
  const mount = mountOf(source)

  const plan = await lxcMounts.planAttach(lxc.host, 'web', mount)
  expect(plan).toMatchObject({ isRunning: false, effect: 'next-start', refusal: null, losses: [] })
  expect(plan.specification).toContain('srv/data none bind,nosuid,nodev,create=dir 0 0')
  expect(bytes()).toBe(before.toString('latin1'))

  expect(await lxcMounts.attach(lxc.host, 'web', mount, CALL)).toEqual({ nativeId: 'web', isLive: false, isKept: true })
  expect(readdirSync(source)).toEqual([])
  const given = bytes()
  expect(given.startsWith(before.toString('latin1'))).toBe(true)
  expect(await lxcMounts.attach(lxc.host, 'web', mount, CALL)).toMatchObject({ isKept: true })
  expect(bytes()).toBe(given)
  const [found] = (await lxcTarget.inventory(lxc.host))?.workloads.filter(({ name }) => name === 'web') ?? []
  expect(found?.storage).toContainEqual({ kind: 'bind', source, name: null, target: '/srv/data', isReadOnly: false })

  await power('web', 'start')
  write('web', '/srv/data/file')
  expect(readdirSync(source)).toEqual(['file'])
  const other = storage('second')
  const second = mountOf(other, { inside: '/srv/second', readOnly: true })
  expect(await lxcMounts.planAttach(lxc.host, 'web', second)).toMatchObject({ isRunning: true, effect: 'next-start' })
  expect(await lxcMounts.attach(lxc.host, 'web', second, CALL)).toMatchObject({ isLive: false, isKept: true })
  await power('web', 'off')
  await power('web', 'start')
  expect(() => write('web', '/srv/second/file')).toThrow(/Read-only file system/)
  await power('web', 'off')

  await lxcMounts.detach(lxc.host, 'web', second, CALL)
  await lxcMounts.detach(lxc.host, 'web', { ...mount, path: null }, CALL)
  expect(bytes()).toBe(before.toString('latin1'))
  expect(await lxcMounts.detach(lxc.host, 'web', mount, CALL)).toMatchObject({ isKept: true })
  await power('web', 'start')
  expect(lxc.inside('web', '/bin/busybox', 'ls', '/srv/data')).toBe('')
  await power('web', 'off')
  expect(existsSync(path.join(source, 'file'))).toBe(true)
})

test('the root of an unprivileged container reads and writes, by the way that was proven, or nothing is saved', async () => {
  const before = lxc.configOf('small')
  const mapped = storage('of-root')
  await lxcMounts.attach(lxc.host, 'small', mountOf(mapped), CALL)
  expect(lxc.configOf('small')).toContain('create=dir,idmap=container')
  const shifted = storage('shifted', 100_000)
  await lxcMounts.attach(lxc.host, 'small', mountOf(shifted, { inside: '/srv/shifted' }), CALL)
  const asRoot = storage('read-only', 0, 0o755)
  await lxcMounts.attach(lxc.host, 'small', mountOf(asRoot, { inside: '/srv/ro', readOnly: true }), CALL)
  await power('small', 'start')
  write('small', '/srv/data/file')
  write('small', '/srv/shifted/file')
  expect(() => write('small', '/srv/ro/file')).toThrow(/Read-only file system/)
  expect(statSync(path.join(mapped, 'file'))).toMatchObject({ uid: 0, gid: 0 })
  expect(statSync(path.join(shifted, 'file'))).toMatchObject({ uid: 100_000, gid: 100_000 })
  await power('small', 'off')
  for (const inside of ['/srv/data', '/srv/shifted', '/srv/ro'])
    await lxcMounts.detach(lxc.host, 'small', mountOf(mapped, { inside }), CALL)
  expect(lxc.configOf('small')).toBe(before)
})

test('a file system whose owners cannot be mapped, as NFS, is of use only with owners that fit', async () => {
  const before = lxc.configOf('small')
  const place = storage('unmappable')
  // Of the kernel's own it is one that knows nothing of idmapped mounts.
  execFileSync('mount', ['-t', 'ramfs', '-o', 'mode=0755', 'ramfs', place])
  try {
    const refused = lxcMounts.attach(lxc.host, 'small', mountOf(place), CALL)
    await expect(refused).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('user 100000 of this host'),
      recovery: expect.stringContaining('all_squash'),
    })
    expect(lxc.configOf('small')).toBe(before)
    // Others may read it.
    await lxcMounts.attach(lxc.host, 'small', mountOf(place, { readOnly: true }), CALL)
    chownSync(place, 100_000, 100_000)
    await lxcMounts.attach(lxc.host, 'small', mountOf(place), CALL)
    expect(lxc.configOf('small')).not.toContain('idmap=container')
    await power('small', 'start')
    write('small', '/srv/data/file')
    expect(readdirSync(place)).toEqual(['file'])
    await power('small', 'off')
    await lxcMounts.detach(lxc.host, 'small', mountOf(place), CALL)
    expect(lxc.configOf('small')).toBe(before)
  } finally {
    execFileSync('umount', [place])
  }
})

test('what was written by hand stays, and what is in its way is refused', async () => {
  const source = storage('third')
  lxc.define('old', [`lxc.mount.entry = ${storage('by-hand')} srv/data none bind,create=dir 0 0`])
  const before = lxc.configOf('old')
  const taken = { code: 'conflict', fields: [{ field: 'target', message: expect.stringContaining('by-hand') }] }
  await expect(lxcMounts.planAttach(lxc.host, 'old', mountOf(source))).rejects.toMatchObject(taken)
  await expect(lxcMounts.attach(lxc.host, 'old', mountOf(source), CALL)).rejects.toMatchObject(taken)
  await expect(lxcMounts.detach(lxc.host, 'old', mountOf(source), CALL)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('by hand'),
  })
  expect(lxc.configOf('old')).toBe(before)
  const away = mountOf(path.join(lxc.directory, 'gone'), { inside: '/srv/other' })
  await expect(lxcMounts.attach(lxc.host, 'old', away, CALL)).rejects.toMatchObject({ code: 'conflict' })
  await expect(lxcMounts.attach(lxc.host, 'none', mountOf(source), CALL)).rejects.toMatchObject({ code: 'not_found' })
  expect(lxc.configOf('old')).toBe(before)
})
