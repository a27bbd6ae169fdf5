import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readAgentEnv } from '@/agent/env'
import { HELD_CONTAINERS, HeldStarts } from '@/agent/libvirt/held-starts'
import { ContainerHook } from '@/agent/lxc/start-hook'
import { heldContainer } from '@/agent/resources/workloads/held-containers'
import { HeldWorkloads } from '@/agent/resources/workloads/held-workloads'
import { lxcPower } from '@/lib/attach-targets/lxc/power'
import { HoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'
import { bindMount, envelope, type MountHost, makeBase, openMountHost, removeBase } from '@/testing/agent/mount-host'
import { openRealLxc, type RealLxc } from '@/testing/attach-targets/real-lxc'
import { testId } from '@/testing/ids'
import { waitFor } from '@/testing/wait'

let base: string
let host: MountHost
let lxc: RealLxc
let mountPoint: string
let held: HeldStarts
let script: string
let included: string
let hook: ContainerHook
const errors: unknown[] = []
const MOUNT = testId('mount', 'nas & co')

const unmount = () => execFileSync('umount', [mountPoint])
const mount = () => execFileSync('mount', ['--bind', join(base, 'data'), mountPoint])
const state = async (name: string) => (await lxcPower.find(lxc.host, name))?.state
async function start(name: string) {
  const found = await lxcPower.find(lxc.host, name)
  if (found !== null) await lxcPower.act(lxc.host, found, 'start')
}
/** Of the hook. */
const left = () => [...(existsSync(script) ? ['script'] : []), ...readdirSync(included)]
const stop = (name: string) => lxc.host.run('lxc-stop', [`--name=${name}`, '--kill'])
/** What LXC itself is told of the mount is escaped, as in fstab. */
const entryOf = (source: string) =>
  `lxc.mount.entry = ${source.replaceAll(' ', '\\040')} srv/data none bind,create=dir 0 0`

beforeAll(async () => {
  base = makeBase('gate-lxc')
  const program = join(base, 'agent')
  execFileSync(process.execPath, ['scripts/build-agent.mjs', '--out', program])
  host = await openMountHost(base)
  const wanted = bindMount(base, 'nas & co')
  mountPoint = wanted.mountPoint
  await host.manager.apply(envelope(wanted.mountId), performance.now(), wanted, { log: () => undefined })
  mkdirSync(join(base, 'data', 'web'))
  const stateDir = join(base, 'state')
  const { runDir } = readAgentEnv({ ...process.env, HOLDFAST_AGENT_STATE_DIR: stateDir })
  mkdirSync(runDir, { recursive: true, mode: 0o700 })
  held = new HeldStarts(runDir, HELD_CONTAINERS)
  lxc = openRealLxc()
  included = join(lxc.directory, '.config', 'common.conf.d')
  script = join(lxc.directory, '.hook', 'lxc-start-hook')
  mkdirSync(included, { recursive: true })
  const agent = [process.execPath, join(program, 'holdfast-agent.mjs')]
  hook = new ContainerHook({ program: agent, stateDir, onError: (e) => errors.push(e), path: script, included })
  hook.keep([])
  hook.keep([mountPoint])
  await waitFor('the hook', () => left()[1] === 'holdfast.conf')
  const includes = `lxc.include = ${included}`
  lxc.define('ours', [includes, entryOf(join(mountPoint, 'web')), 'lxc.start.auto = 1'])
  lxc.define('others', [includes, entryOf(base)])
  const more = join(lxc.directory, '.config', 'more.conf')
  writeFileSync(more, `${entryOf(mountPoint)}\n`)
  lxc.define('by include', [includes, `lxc.include = ${more}`])
}, 120_000)
afterAll(async () => {
  lxc?.close()
  await host?.close()
  removeBase(base)
})

test('a container starts while its storage is there, and not without, whoever starts it', async () => {
  expect([errors, hook.problem]).toEqual([[], null])
  for (const name of ['ours', 'by include']) {
    await start(name)
    expect(await state(name)).toBe('running')
    await stop(name)
  }
  unmount()
  for (const name of ['ours', 'by include']) {
    await expect(start(name)).rejects.toMatchObject({ code: 'command_failed' })
    expect(await state(name)).toBe('stopped')
    expect(held.all().get(name)).toContain('is not mounted')
  }
  expect(readdirSync(mountPoint)).toEqual([])
  // It is held up by nothing of ours.
  await start('others')
  expect(await state('others')).toBe('running')
  await stop('others')
  mount()
  await start('ours')
  expect(await state('ours')).toBe('running')
  expect(held.all().has('ours')).toBe(false)
  await stop('ours')
})

test('one that starts with its host is started when its storage is back; another is not held any more', async () => {
  unmount()
  for (const name of ['ours', 'by include']) await expect(start(name)).rejects.toThrow()
  let isAway = true
  const looks: number[] = []
  const containers = new HeldWorkloads({
    held,
    workload: (name) => heldContainer(lxc.host, lxcPower, name),
    look: async () => void looks.push(1),
    log: createLog('agent'),
    mounts: () => [{ mountId: MOUNT, mountPoint }],
    ground: {
      requireMount: (mountId) => {
        if (isAway) throw new HoldfastError('backend_unreachable', 'It is away.')
        return { mountId, path: mountPoint, readOnly: false }
      },
    },
  })
  expect(await containers.care()).toBe(false)
  expect([...held.all().keys()].sort()).toEqual(['by include', 'ours'])
  mount()
  isAway = false
  expect(await containers.care()).toBe(true)
  expect([await state('ours'), await state('by include')]).toEqual(['running', 'stopped'])
  expect(held.all().size).toBe(0)
  await stop('ours')
})

test('what has nothing to hold up for is gone, and without the script what names it lets everybody through', async () => {
  hook.keep([])
  await waitFor('no hook', () => left().length === 0)
  hook.keep([mountPoint])
  await waitFor('the hook', () => left().length === 2)
  execFileSync('rm', [script])
  unmount()
  await start('by include')
  expect(await state('by include')).toBe('running')
  await stop('by include')
  mount()
  expect(errors).toEqual([])
})
