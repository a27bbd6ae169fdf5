import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { readMounts } from '@/agent/host/mounting/mountinfo'
import { VERBS } from '@/lib/agent-protocol/verbs'
import { setUpPackagedAgent } from '@/testing/agent/packaged-agent'
import { testId } from '@/testing/ids'
import { mtlsRequest } from '@/testing/mtls-request'

/** The packaged agent as root on this kernel: that its policy file holds against the controller that it knows. */

const rig = setUpPackagedAgent()

test('the policy file of this host holds, and what it forbids leaves no trace', async () => {
  const outside = await rig.command('applyMount', 1, { mount: rig.wanted({ mountPoint: rig.path('elsewhere') }) })
  expect(outside).toMatchObject({ type: 'error', error: { code: 'policy_denied' } })
  const climbing = await rig.command('applyMount', 1, { mount: rig.wanted({ mountPoint: `${rig.base}/mnt/../x` }) })
  expect(climbing).toMatchObject({ type: 'error', error: { code: 'invalid_input' } })
  expect(await rig.status()).toBeUndefined()
  expect(readMounts().filter((mount) => mount.target.startsWith(`${rig.base}/`) && mount.fsType !== 'tmpfs')).toEqual(
    [],
  )
})

/** Everything about a place that an agent could change: names, mode, flags, times, mounts. */
function lookAt(places: readonly string[]): string[] {
  const attributes = spawnSync('lsattr', ['-d', ...places], { encoding: 'utf8' }).stdout
  const stats = places.map((place) => {
    const found = lstatSync(place, { bigint: true, throwIfNoEntry: false })
    return found && [place, found.ino, found.mode, found.uid, found.mtimeNs, found.ctimeNs].join(' ')
  })
  const parents = [...new Set(places.map((place) => path.dirname(place)))]
  const names = parents.map((parent) => readdirSync(parent).filter((name) => name.startsWith('holdfast-sweep-')))
  const mounts = readMounts().filter(({ target }) => places.includes(target))
  return [attributes, ...stats.map(String), JSON.stringify(names), JSON.stringify(mounts)]
}

/** Empty directories, missing ones, and mounts that look like what is asked for, in trees that the policy does not open. */
function layOut(trees: readonly string[]): string[] {
  return trees.flatMap((tree) => {
    const place = (what: string) => path.join(tree, `holdfast-sweep-${path.basename(rig.base)}-${what}`)
    mkdirSync(place('empty'))
    mkdirSync(place('bound'))
    execFileSync('mount', ['--bind', rig.path('data'), place('bound')])
    return [place('empty'), place('missing'), place('bound')]
  })
}

function clearAway(places: readonly string[]): void {
  for (const place of places) {
    if (readMounts().some(({ target }) => target === place)) execFileSync('umount', ['-c', place])
    spawnSync('chattr', ['-f', '-i', place])
    rmSync(place, { recursive: true, force: true })
  }
}

test('whatever is asked for a place outside the policy, nothing there changes, also after a restart', async () => {
  mkdirSync(rig.path('mnt/kept'))
  rig.writePolicy({ mountRoots: [rig.path('mnt')], deny: { mountPoints: [rig.path('mnt/kept')] } })
  await rig.readPolicyAgain()
  const trees = ['/etc', '/run', '/var/tmp', '/var/lib', '/usr/local', '/opt', '/root', '/tmp', rig.base]
  const places = layOut([...trees, rig.path('state'), rig.path('mnt/kept')])
  try {
    const before = lookAt(places)
    let generation = 1
    const ask = (name: 'applyMount' | 'removeMount', body: object) => rig.command(name, ++generation, body)
    for (const mountPoint of places) {
      for (const change of [{}, { adopt: true }, { desiredState: 'unmounted' as const }]) {
        const answer = await ask('applyMount', { mount: rig.wanted({ mountPoint, ...change }) })
        expect(answer, mountPoint).toMatchObject({ type: 'error', error: { code: 'policy_denied' } })
      }
      for (const abandon of [false, true]) await ask('removeMount', { mountId: testId('mount', '1'), abandon })
      expect(lookAt(places), mountPoint).toEqual(before)
    }
    // One that is mounted where it may be does not move away either.
    await ask('applyMount', { mount: rig.wanted() })
    for (const mountPoint of places) {
      const moved = await ask('applyMount', { mount: rig.wanted({ mountPoint, desiredState: 'unmounted' }) })
      expect(moved, mountPoint).toMatchObject({ type: 'error', error: { code: 'policy_denied' } })
    }
    expect(rig.isMounted()).toBe(true)
    await rig.stop('SIGKILL')
    await rig.start()
    await vi.waitFor(async () => expect((await rig.status())?.state).toBe('mounted'))
    await ask('removeMount', { mountId: testId('mount', '1'), abandon: true })
    expect(lookAt(places)).toEqual(before)
  } finally {
    clearAway(places)
  }
})

test('a policy that has become narrower keeps nothing of ours from going, and opens nothing else', async () => {
  const theirs = rig.path('mnt/theirs')
  mkdirSync(theirs)
  await rig.command('applyMount', 1, { mount: rig.wanted() })
  await rig.command(
    'applyMount',
    1,
    { mount: rig.wanted({ mountId: testId('mount', '2'), mountPoint: theirs, desiredState: 'unmounted' }) },
    testId('mount', '2'),
  )
  const before = lookAt([theirs])
  rig.writePolicy({ mountRoots: ['/srv/holdfast-nowhere'] })
  await rig.readPolicyAgain()
  await rig.command('removeMount', 2, { mountId: testId('mount', '2'), abandon: false }, testId('mount', '2'))
  expect(lookAt([theirs])).toEqual(before)
  expect(await rig.command('applyMount', 2, { mount: rig.wanted({ readOnly: true }) })).toMatchObject({ type: 'error' })
  expect(rig.isMounted()).toBe(true)
  expect(await rig.command('applyMount', 3, { mount: rig.wanted({ desiredState: 'unmounted' }) })).toMatchObject({
    type: 'result',
  })
  expect(rig.isMounted()).toBe(false)
  expect(await rig.command('removeMount', 4, { mountId: testId('mount', '1'), abandon: false })).toMatchObject({
    type: 'result',
  })
  expect(existsSync(rig.path('mnt/a'))).toBe(false)
})

test('nothing is mounted in a closed tree by the name that a bind mount gives it', async () => {
  for (const name of [
    'control-plane/keys',
    'kept',
    'mnt/alias/own',
    'mnt/alias/kept',
    'mnt/alias/etc',
    'mnt/alias/free',
  ])
    mkdirSync(rig.path(name), { recursive: true })
  rig.writePolicy({ mountRoots: [rig.path('mnt')], deny: { mountPoints: [rig.path('kept')] } })
  await rig.readPolicyAgain()
  const shown: [string, string][] = [
    ['own', rig.path('control-plane')],
    ['kept', rig.path('kept')],
    ['etc', '/etc'],
    ['free', rig.path('data')],
  ]
  for (const [name, tree] of shown) execFileSync('mount', ['--bind', tree, rig.path('mnt/alias', name)])
  let generation = 0
  for (const [name, tree] of shown.slice(0, 3)) {
    for (const inside of ['holdfast-test-new', 'keys', 'a/b']) {
      const before = readdirSync(tree)
      const mountPoint = rig.path('mnt/alias', name, inside)
      const answer = await rig.command('applyMount', ++generation, { mount: rig.wanted({ mountPoint }) })
      const message = expect.stringContaining(`shows ${tree}`)
      expect(answer, mountPoint).toMatchObject({ type: 'error', error: { code: 'policy_denied', message } })
      expect(readdirSync(tree), mountPoint).toEqual(before)
    }
  }
  const open = rig.wanted({ mountPoint: rig.path('mnt/alias/free/new') })
  expect(await rig.command('applyMount', ++generation, { mount: open })).toMatchObject({
    type: 'result',
    result: { state: 'mounted' },
  })
})

test('no directory is bound from outside the roots, nor one of Holdfast itself, by whatever name', async () => {
  for (const name of ['control-plane/keys', 'db', 'ann/.ssh', 'alias', 'closed']) {
    mkdirSync(rig.path(name), { recursive: true })
  }
  rig.writePolicy({ mountRoots: [rig.path('mnt')], deny: { sources: [rig.path('closed')] } })
  await rig.readPolicyAgain()
  symlinkSync('/etc', rig.path('link'))
  symlinkSync(rig.path('data'), rig.path('inner-link'))
  execFileSync('mount', ['--bind', rig.path('control-plane'), rig.path('alias')])
  const own = ['control-plane', 'control-plane/keys', 'db', 'state', 'state/cache', '.', 'alias', 'alias/keys']
  const closed = ['closed', 'ann/.ssh', 'link/ssl', 'link', 'inner-link']
  const below = [...own, ...closed].map((name) => rig.path(name))
  const others = ['/srv', rig.runDir, '/var/backups', '/var/mail', '/var/www', '/var', '/tmp', '/nowhere']
  const from = (source: string) => ({
    id: testId('backend', '1'),
    driver: 'local-dir',
    config: { path: source },
    secrets: {},
  })
  let generation = 0
  for (const source of [...below, ...others]) {
    const backend = from(source)
    const answer = await rig.command('applyMount', ++generation, { mount: rig.wanted({ backend }) })
    expect(answer, source).toMatchObject({ type: 'error' })
    const { method, path: url } = VERBS.testBackend
    const body = { operationId: testId('operation', 'test'), backend }
    const { text } = await mtlsRequest({ port: rig.port, method, path: url, body, ...rig.trust() })
    expect(text, source).toMatch(/"success":false|"type":"error"/)
    expect(rig.isMounted(), source).toBe(false)
  }
  const refused = await rig.command('applyMount', ++generation, { mount: rig.wanted({ backend: from('/var/www') }) })
  const cure = expect.stringContaining(`sourceRoots in ${rig.path('policy.json')}`)
  expect(refused).toMatchObject({ type: 'error', error: { code: 'policy_denied', message: cure } })
  const mounted = await rig.command('applyMount', ++generation, { mount: rig.wanted() })
  expect(mounted).toMatchObject({ type: 'result', result: { state: 'mounted' } })
})
