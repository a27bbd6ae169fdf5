import { afterAll, beforeAll, expect, test } from 'vitest'
import { askDaemon, tellDaemon } from '@/agent/host/local-daemons'
import { ContainerPowers, type ContainerPowersParts } from '@/agent/resources/workloads/container-power'
import type { PowerAction } from '@/lib/agent-protocol/machine-power'
import { dockerTarget } from '@/lib/attach-targets/docker/host'
import { libvirtTarget } from '@/lib/attach-targets/libvirt/host'
import { HoldfastError } from '@/lib/errors'
import { BARE_HOST } from '@/testing/attach-targets/describe-target'
import { IMAGE, type RealDocker, startDocker } from '@/testing/attach-targets/real-docker'
import { testId } from '@/testing/ids'

let docker: RealDocker
let id: string
let looks = 0

beforeAll(async () => {
  docker = await startDocker()
  docker.makeDirectory('/srv/data')
  const mount = { Type: 'bind', Source: '/srv/data', Target: '/data' }
  const made = await docker.api('POST', '/containers/create?name=web', {
    Image: IMAGE,
    Cmd: ['/bin/sleep', '3600'],
    // The first process of a container does not end by a signal that it does not ask for.
    StopSignal: 'SIGKILL',
    HostConfig: { NetworkMode: 'none', Mounts: [mount] },
  })
  id = JSON.parse(made).Id
}, 120_000)
afterAll(() => docker?.close())

function power(action: PowerAction, over: Partial<ContainerPowersParts> = {}, nativeId = id, target = 'docker') {
  const host = {
    ...BARE_HOST,
    ask: (daemon: 'docker', url: string) => askDaemon(daemon, url, docker.place),
    tell: (daemon: 'docker', url: string) => tellDaemon(daemon, url, {}, docker.place),
  }
  const away = () => {
    throw new HoldfastError('backend_unreachable', 'It is away.')
  }
  const parts: ContainerPowersParts = {
    targets: [dockerTarget, libvirtTarget()],
    open: () => ({ host }),
    ground: { requireMount: away },
    mounts: () => [],
    look: async () => void looks++,
    ...over,
  }
  return new ContainerPowers(parts).power({ target, nativeId, action }, { log: () => undefined })
}
const state = async () => JSON.parse(await docker.api('GET', `/containers/${id}/json`)).State.Status

test('starts, goes on, restarts, stops and is killed; what is so already stays so', async () => {
  await expect(power('reset')).rejects.toMatchObject({ code: 'conflict' })
  expect(await power('start')).toEqual({ state: 'running' })
  const seen = looks
  expect(await power('start')).toEqual({ state: 'running' })
  expect(looks).toBe(seen)
  expect(await power('reset')).toEqual({ state: 'running' })
  expect(await power('shutdown')).toEqual({ state: 'stopped' })
  expect(await state()).toBe('exited')
  expect(await power('shutdown')).toEqual({ state: 'stopped' })
  expect(await power('start')).toEqual({ state: 'running' })
  expect(await power('off')).toEqual({ state: 'stopped' })
  expect(looks).toBe(seen + 4)
})

test('neither starts nor is made anew while the storage of a mount is away', async () => {
  const mounts = () => [{ mountId: testId('mount', 'a'), mountPoint: '/srv/data' }]
  await expect(power('start', { mounts })).rejects.toMatchObject({ code: 'backend_unreachable' })
  expect(await state()).toBe('exited')
  const there = { mountId: testId('mount', 'a'), path: '/srv/data', readOnly: false }
  expect(await power('start', { mounts, ground: { requireMount: () => there } })).toEqual({ state: 'running' })
  await expect(power('reset', { mounts })).rejects.toMatchObject({ code: 'backend_unreachable' })
  expect(await power('off', { mounts })).toEqual({ state: 'stopped' })
})

test('refuses what it does not know, and says what the engine says', async () => {
  await expect(power('start', {}, 'a'.repeat(64))).rejects.toMatchObject({ code: 'not_found' })
  for (const name of ['web', '../images', `${'a'.repeat(60)}/../`])
    await expect(power('start', {}, name)).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(power('start', {}, 'web', 'libvirt')).rejects.toMatchObject({ code: 'unsupported' })
  await expect(tellDaemon('docker', `/containers/${id}/kill`, {}, docker.place)).rejects.toMatchObject({
    code: 'command_failed',
    message: expect.stringContaining('is not running'),
  })
})
