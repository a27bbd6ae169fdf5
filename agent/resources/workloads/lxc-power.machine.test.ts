import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ContainerPowers, type ContainerPowersParts } from '@/agent/resources/workloads/container-power'
import type { PowerAction } from '@/lib/agent-protocol/machine-power'
import { lxcTarget } from '@/lib/attach-targets/lxc/host'
import { HoldfastError } from '@/lib/errors'
import { openRealLxc, type RealLxc } from '@/testing/attach-targets/real-lxc'
import { testId } from '@/testing/ids'

let lxc: RealLxc
let storage: string
let looks = 0

beforeAll(() => {
  lxc = openRealLxc()
  storage = path.join(lxc.directory, '.data')
  mkdirSync(storage)
  lxc.define('web', [`lxc.mount.entry = ${storage} data none bind,create=dir 0 0`])
})
afterAll(() => lxc?.close())

function power(action: PowerAction, over: Partial<ContainerPowersParts> = {}, nativeId = 'web') {
  const away = () => {
    throw new HoldfastError('backend_unreachable', 'It is away.')
  }
  const parts: ContainerPowersParts = {
    targets: [lxcTarget],
    open: () => ({ host: lxc.host }),
    ground: { requireMount: away },
    mounts: () => [],
    look: async () => void looks++,
    ...over,
  }
  return new ContainerPowers(parts).power({ target: 'lxc', nativeId, action }, { log: () => undefined })
}
const state = async (name = 'web') => (await lxcTarget.power?.find(lxc.host, name))?.state

test('starts, goes on, restarts, stops and is killed; what is so already stays so', async () => {
  await expect(power('reset')).rejects.toMatchObject({ code: 'conflict' })
  expect(await power('start')).toEqual({ state: 'running' })
  const first = lxc.pidOf('web')
  expect(await power('start')).toEqual({ state: 'running' })
  expect(lxc.pidOf('web')).toBe(first)
  lxc.freeze('web')
  expect(await state()).toBe('paused')
  expect(await power('start')).toEqual({ state: 'running' })
  expect(await power('reset')).toEqual({ state: 'running' })
  expect(lxc.pidOf('web')).not.toBe(first)
  expect(await power('shutdown')).toEqual({ state: 'stopped' })
  expect(await power('shutdown')).toEqual({ state: 'stopped' })
  expect(await power('start')).toEqual({ state: 'running' })
  expect(await power('off')).toEqual({ state: 'stopped' })
  expect(await state()).toBe('stopped')
  expect(looks).toBe(6)
})

test('what runs in it is not held to what the agent keeps to itself', async () => {
  const [own, score] = [process.umask(0o077), readFileSync('/proc/self/oom_score_adj', 'utf8')]
  // Less than before is not for everybody to ask; the agent of a host may.
  writeFileSync('/proc/self/oom_score_adj', '300')
  try {
    await power('start')
    expect(process.umask()).toBe(0o077)
    expect(readFileSync('/proc/self/oom_score_adj', 'utf8')).toBe('300\n')
  } finally {
    process.umask(own)
    writeFileSync('/proc/self/oom_score_adj', score)
  }
  const pid = lxc.pidOf('web')
  expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Umask:\s+0022$/m)
  expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe('0\n')
  await power('off')
})

test('neither starts nor is made anew while the storage of a mount is away', async () => {
  const mounts = () => [{ mountId: testId('mount', 'a'), mountPoint: storage }]
  await expect(power('start', { mounts })).rejects.toMatchObject({ code: 'backend_unreachable' })
  expect(await state()).toBe('stopped')
  const there = { mountId: testId('mount', 'a'), path: storage, readOnly: false }
  expect(await power('start', { mounts, ground: { requireMount: () => there } })).toEqual({ state: 'running' })
  await expect(power('reset', { mounts })).rejects.toMatchObject({ code: 'backend_unreachable' })
  expect(await state()).toBe('running')
  expect(await power('off', { mounts })).toEqual({ state: 'stopped' })
})

test('takes a name for what it is, refuses what is none, and says what LXC says', async () => {
  for (const name of ['', '.', '..', '../web', 'web/rootfs', 'web\n'])
    await expect(power('start', {}, name)).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(power('start', {}, 'gone')).rejects.toMatchObject({ code: 'not_found' })
  lxc.define('--kill', ['lxc.hook.pre-start = /bin/false'])
  await expect(power('start', {}, '--kill')).rejects.toMatchObject({
    code: 'command_failed',
    message: expect.stringContaining('lxc-start --name=--kill --foreground'),
  })
})
