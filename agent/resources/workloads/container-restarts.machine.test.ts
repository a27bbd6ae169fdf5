import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { askDaemon, tellDaemon } from '@/agent/host/local-daemons'
import { ContainerRestarts } from '@/agent/resources/workloads/container-restarts'
import type { Change } from '@/lib/attach-targets/contract/target-host'
import { dockerTarget } from '@/lib/attach-targets/docker/host'
import { HoldfastError } from '@/lib/errors'
import { createLog } from '@/lib/log'
import { BARE_HOST } from '@/testing/attach-targets/describe-target'
import { IMAGE, type RealDocker, removeAll, startDocker } from '@/testing/attach-targets/real-docker'
import { testId } from '@/testing/ids'
import { waitFor } from '@/testing/wait'

const MOUNT = testId('mount', 'share')
const MOUNT_POINT = '/srv/share'
let docker: RealDocker
let isAway = false
let busy = ''

beforeAll(async () => {
  docker = await startDocker()
  docker.makeDirectory(MOUNT_POINT)
}, 120_000)
afterAll(() => docker?.close())
afterEach(async () => {
  isAway = false
  busy = ''
  await removeAll(docker.api)
})

const host = () => ({
  ...BARE_HOST,
  run: (...asked: Parameters<Runner['run']>) => new Runner().run(...asked),
  ask: (daemon: 'docker', url: string) => askDaemon(daemon, url, docker.place),
  tell: (daemon: 'docker', url: string, change?: Change) => tellDaemon(daemon, url, change, docker.place),
})

function restarts(bootedAt = 0, mountPoint = MOUNT_POINT) {
  return new ContainerRestarts({
    target: dockerTarget,
    open: () => ({ host: host(), isStuck: () => false }),
    isBusy: (id) => id === busy,
    bootedAt: () => bootedAt,
    look: async () => undefined,
    log: createLog('agent'),
    mounts: () => [{ mountId: MOUNT, mountPoint }],
    ground: {
      requireMount: (mountId) => {
        if (isAway) throw new HoldfastError('backend_unreachable', 'It is away.')
        return { mountId, path: MOUNT_POINT, readOnly: false }
      },
    },
  })
}

const LABEL = 'holdfast.restart'
const MOUNTED = { Type: 'bind', Source: MOUNT_POINT, Target: '/data', BindOptions: { Propagation: 'rslave' } }
async function make(
  name: string,
  label: string | null,
  { policy = 'no', seconds = '3600', image = IMAGE, mounts = [MOUNTED] } = {},
) {
  const made = await docker.api('POST', `/containers/create?name=${name}`, {
    ...{ Image: image, Cmd: ['/bin/sleep', seconds], StopSignal: 'SIGKILL' },
    ...(label === null ? {} : { Labels: { [LABEL]: label } }),
    HostConfig: { NetworkMode: 'none', RestartPolicy: { Name: policy }, Mounts: mounts },
  })
  return JSON.parse(made).Id as string
}
const inspect = async (name: string) => JSON.parse(await docker.api('GET', `/containers/${name}/json`))
const state = async (name: string) => (await inspect(name)).State.Status
const start = (name: string) => docker.api('POST', `/containers/${name}/start`)
/** Nobody has asked Docker for it. */
async function crash(name: string) {
  process.kill((await inspect(name)).State.Pid, 'SIGKILL')
  await waitFor('its end', async () => (await state(name)) === 'exited')
}

test('one that has ended is started again, and waits while its storage is away', async () => {
  const id = await make('web', 'unless-stopped')
  const of = restarts()
  // It was never started.
  expect([await of.care(), await state('web')]).toEqual([false, 'created'])
  await start('web')
  await crash('web')
  busy = id
  expect([await of.care(), await state('web')]).toEqual([false, 'exited'])
  busy = ''
  expect([await of.care(), await state('web')]).toEqual([true, 'running'])
  isAway = true
  await crash('web')
  expect([await of.care(), await state('web')]).toEqual([true, 'exited'])
  expect([...of.held()]).toEqual([[id, 'It is away.']])
  expect(await of.care()).toBe(false)
  isAway = false
  // It ran for a moment only: not at once.
  await waitFor('its start', async () => (await of.care()) && (await state('web')) === 'running')
  expect(of.held().size).toBe(0)
})

test('one that was made anew and is still there is not started beside the new one', async () => {
  const name = `web_${testId('operation', 'anew')}_old`
  await make(name, 'always')
  await start(name)
  await crash(name)
  expect([await restarts().care(), await state(name)]).toEqual([false, 'exited'])
  await dockerTarget.restarts.giveBack(host())
  expect((await inspect(name)).HostConfig.RestartPolicy.Name).toBe('no')
})

test('what somebody has stopped stays so, and one of always until the host starts', async () => {
  for (const name of ['unless-stopped', 'always', 'on-failure']) {
    await make(name, name)
    await start(name)
    await docker.api('POST', `/containers/${name}/stop`)
  }
  expect(await restarts().care()).toBe(false)
  expect(await restarts(Date.now() + 60_000).care()).toBe(true)
  expect([await state('unless-stopped'), await state('always'), await state('on-failure')]).toEqual([
    ...['exited', 'running', 'exited'],
  ])
})

test('an end without a failure is none for on-failure, and tries have an end', async () => {
  await make('done', 'on-failure', { seconds: '0' })
  await make('fails', 'on-failure:1', { seconds: 'no time' })
  for (const name of ['done', 'fails']) await start(name)
  for (const name of ['done', 'fails']) await docker.api('POST', `/containers/${name}/wait`)
  const of = restarts()
  expect(await of.care()).toBe(true)
  await docker.api('POST', `/containers/fails/wait`)
  expect(await of.care()).toBe(false)
  const ran = await Promise.all(['done', 'fails'].map(async (name) => (await inspect(name)).State.ExitCode))
  expect(ran).toEqual([0, 1])
})

test('when the engine starts it starts none of ours, and those come when their storage is there', async () => {
  await make('ours', 'unless-stopped')
  await make('theirs', null, { policy: 'unless-stopped', mounts: [] })
  for (const name of ['ours', 'theirs']) await start(name)
  await docker.restart()
  docker.makeDirectory(MOUNT_POINT)
  await waitFor('what Docker starts', async () => (await state('theirs')) === 'running')
  expect(await state('ours')).toBe('exited')
  isAway = true
  const of = restarts()
  await of.care()
  expect([await state('ours'), [...of.held().values()]]).toEqual(['exited', ['It is away.']])
  isAway = false
  expect([await of.care(), await state('ours')]).toEqual([true, 'running'])
})

test('one that somebody starts while the mount is away has it as soon as that is there', async () => {
  await make('web', 'always')
  await start('web')
  const { Pid } = (await inspect('web')).State
  const inEngine = (...words: string[]) =>
    execFileSync('nsenter', ['--target', readFileSync(docker.place.pidFile, 'utf8').trim(), '--mount', ...words])
  expect(readdirSync(`/proc/${Pid}/root/data`)).toEqual([])
  inEngine('mount', '-t', 'tmpfs', 'tmpfs', MOUNT_POINT)
  inEngine('touch', `${MOUNT_POINT}/there`)
  expect(readdirSync(`/proc/${Pid}/root/data`)).toEqual(['there'])
  inEngine('umount', MOUNT_POINT)
  expect(readdirSync(`/proc/${Pid}/root/data`)).toEqual([])
})

test('one whose mount is gone from this host waits, with the reason', async () => {
  await make('web', 'always')
  await start('web')
  await crash('web')
  const of = restarts(0, '/srv/other')
  await of.care()
  expect([await state('web'), [...of.held().values()]]).toEqual(['exited', [expect.stringContaining('any more')]])
})

test('policies are given back and taken again; one of its own, or a label of its image, is left alone', async () => {
  await docker.api('POST', `/commit?container=${await make('base', null)}&repo=labelled&tag=1`, {
    Labels: { [LABEL]: 'always' },
  })
  await make('web', 'on-failure:4')
  await make('own', 'unless-stopped', { policy: 'always' })
  await make('image', null, { image: 'labelled:1' })
  const policies = async () =>
    Promise.all(['web', 'own', 'image'].map(async (name) => (await inspect(name)).HostConfig.RestartPolicy))
  const [web, own, image] = await policies()
  await dockerTarget.restarts.giveBack(host())
  expect(await policies()).toEqual([{ Name: 'on-failure', MaximumRetryCount: 4 }, own, image])
  await restarts().care()
  expect(await policies()).toEqual([web, own, image])
  for (const name of ['own', 'image']) {
    await start(name)
    await docker.api('POST', `/containers/${name}/update`, { RestartPolicy: { Name: 'no' } })
    await crash(name)
    if (name === 'own') await docker.api('POST', `/containers/own/update`, { RestartPolicy: { Name: 'always' } })
  }
  const of = restarts()
  await of.care()
  expect([await state('own'), await state('image'), of.held().size]).toEqual(['exited', 'exited', 0])
})
