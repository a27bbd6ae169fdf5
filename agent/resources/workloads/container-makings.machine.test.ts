import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { askDaemon, tellDaemon } from '@/agent/host/local-daemons'
import { ContainerMakings } from '@/agent/resources/workloads/container-makings'
import { isListening } from '@/agent/resources/workloads/listening'
import type { NewContainer } from '@/lib/agent-protocol/containers'
import type { Change } from '@/lib/attach-targets/contract/target-host'
import { dockerTarget } from '@/lib/attach-targets/docker/host'
import { HoldfastError } from '@/lib/errors'
import { turnOf } from '@/testing/agent/command-turn'
import { BARE_HOST } from '@/testing/attach-targets/describe-target'
import { IMAGE, type RealDocker, removeAll, startDocker } from '@/testing/attach-targets/real-docker'
import { testId } from '@/testing/ids'

const MOUNT = testId('mount', 'share')
const SECRET = 'canary-not-a-real-secret'
/** With a program to run, and a volume without a name. */
const WAITING = 'holdfast-waiting:1'
/** With a program that is not there. */
const BROKEN = 'holdfast-broken:1'
let docker: RealDocker
/** As this process sees what the engine sees. */
let root: string
let isAway = false
const logs: string[] = []
/** What the engine was told. */
const told: string[] = []

beforeAll(async () => {
  docker = await startDocker()
  root = `/proc/${readFileSync(docker.place.pidFile, 'utf8').trim()}/root`
  docker.makeDirectory('/srv/share/web')
  const { Id } = JSON.parse(await docker.api('POST', '/containers/create', { Image: IMAGE, Cmd: ['/bin/sleep', '1'] }))
  const commit = (image: string, config: object) => {
    const [repo, tag] = image.split(':')
    return docker.api('POST', `/commit?container=${Id}&repo=${repo}&tag=${tag}`, config)
  }
  const config = { StopSignal: 'SIGKILL', Env: ['OWN=image'] }
  await commit(WAITING, { ...config, Cmd: ['/bin/sleep', '3600'], Volumes: { '/cache': {} } })
  await commit(BROKEN, { ...config, Cmd: ['/no/such/program'], Volumes: { '/cache': {} } })
}, 120_000)
afterAll(() => docker?.close())
afterEach(async () => {
  isAway = false
  logs.length = 0
  told.length = 0
  await removeAll(docker.api)
})

function makings() {
  const host = {
    ...BARE_HOST,
    ask: (daemon: 'docker', url: string) => askDaemon(daemon, url, docker.place),
    tell: (daemon: 'docker', url: string, change?: Change) => {
      told.push(url)
      return tellDaemon(daemon, url, change, docker.place)
    },
  }
  return new ContainerMakings({
    hostId: testId('host', 'here'),
    targets: [dockerTarget],
    open: () => ({ host }),
    door: () => ({ runner: inRoot() }),
    ground: {
      requireMount: (mountId) => {
        if (isAway) throw new HoldfastError('backend_unreachable', 'It is away.')
        return { mountId, path: '/srv/share', readOnly: false }
      },
    },
    mounts: () => [{ mountId: MOUNT, mountPoint: '/srv/share' }],
    look: async () => undefined,
    isListening,
  })
}

/** The mount lies in the engine's own view of /srv. */
function inRoot(): Runner {
  const runner = new Runner()
  const run = runner.run.bind(runner)
  runner.run = (command, args, options) =>
    run(
      command,
      args.map((arg) => arg.replaceAll('"/srv/share"', `"${root}/srv/share"`)),
      options,
    )
  return runner
}

function wanted(over: Partial<NewContainer> = {}): NewContainer {
  const mount = { attachmentId: testId('attachment', 'one'), mountId: MOUNT, subPath: 'web', inside: '/data' }
  return {
    ...{ target: 'docker', name: 'web', image: WAITING, restart: 'unless-stopped', starts: true },
    ports: [],
    mounts: [{ ...mount, readOnly: false, createSubPath: false }],
    ...over,
  }
}

async function create(container = wanted(), operation = container.name) {
  const { turn, carry } = turnOf(operation, { logs })
  const asked = { container, env: { PASSWORD: SECRET } }
  return carry(makings().create(asked, turn, performance.now() + 60_000))
}
const plan = (container: NewContainer) => makings().plan(container, ['PASSWORD'], AbortSignal.any([]))
const inspect = async (name: string) => JSON.parse(await docker.api('GET', `/containers/${name}/json`))
const all = async (): Promise<string[]> =>
  JSON.parse(await docker.api('GET', '/containers/json?all=1')).flatMap(({ Names }: { Names: string[] }) => Names)
const volumes = async (): Promise<string[]> =>
  (JSON.parse(await docker.api('GET', '/volumes')).Volumes ?? []).map(({ Name }: { Name: string }) => Name)
const named = async () => (await all()).filter((name) => /^\/(?:web|other|broken)$/.test(name))

test('a container is planned, made, writes in its mount, and is removed without its volumes', async () => {
  const container = wanted({ ports: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp', address: '127.0.0.1' }] })
  const planned = await plan(container)
  expect(planned).toMatchObject({ refusals: [], images: expect.arrayContaining([WAITING, IMAGE]) })
  expect(planned.commands[0]).toContain('--publish 127.0.0.1:8080:80/tcp --label holdfast.restart=unless-stopped ')
  expect(await named()).toEqual([])

  const made = await create(container)
  expect(made).toMatchObject({ isRunning: true })
  const now = await inspect('web')
  expect(now).toMatchObject({
    ...{ Id: made.nativeId, State: { Status: 'running' } },
    Config: { Labels: { 'holdfast.restart': 'unless-stopped' } },
    HostConfig: {
      ...{ Privileged: false, RestartPolicy: { Name: 'no' }, Devices: null, CapAdd: null, Binds: null },
      PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] },
    },
  })
  expect(now.Config.Env).toEqual(expect.arrayContaining([`PASSWORD=${SECRET}`, 'OWN=image']))
  const [bind] = now.Mounts.filter(({ Type }: { Type: string }) => Type === 'bind')
  expect(bind).toMatchObject({ Source: '/srv/share/web', Destination: '/data', RW: true, Propagation: 'rslave' })
  writeFileSync(`/proc/${now.State.Pid}/root/data/hello`, 'from inside')
  expect(readFileSync(`${root}/srv/share/web/hello`, 'utf8')).toBe('from inside')
  expect(JSON.stringify([logs, planned, told])).not.toContain('canary')

  const workload = { target: 'docker', nativeId: made.nativeId }
  const call = { log: (message: string) => void logs.push(message) }
  await expect(makings().remove(workload, call)).rejects.toMatchObject({ code: 'conflict' })
  await docker.api('POST', `/containers/web/kill`)
  await docker.api('POST', `/containers/web/wait`)
  const [cache] = now.Mounts.filter(({ Type }: { Type: string }) => Type === 'volume')
  expect(await makings().remove(workload, call)).toEqual({ volumes: [{ name: cache.Name, inside: '/cache' }] })
  expect(logs.at(-1)).toContain(cache.Name)
  expect(await named()).toEqual([])
  expect(await volumes()).toContain(cache.Name)
  expect(existsSync(`${root}/srv/share/web/hello`)).toBe(true)
  expect(await makings().remove(workload, call)).toEqual({ volumes: [] })
})

test('what is in the way is refused, and nothing is fetched or made', async () => {
  await create(wanted({ starts: false }))
  expect((await inspect('web')).State.Status).toBe('created')
  const listening = createServer()
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const at = listening.address()
  const hostPort = typeof at === 'object' && at !== null ? at.port : 0
  const port = { hostPort, containerPort: 80, protocol: 'tcp' as const, address: null }
  const busy = wanted({ image: 'nowhere.example/none:7', ports: [port] })
  try {
    const { refusals } = await plan(busy)
    expect(refusals).toMatchObject([
      { field: 'image', command: 'docker pull nowhere.example/none:7' },
      { field: 'name' },
      { field: 'ports.0.host_port' },
    ])
    told.length = 0
    await expect(create(busy, 'again')).rejects.toMatchObject({
      ...{ code: 'conflict', message: expect.stringContaining('docker pull nowhere.example/none:7') },
      fields: [{ field: 'image' }, { field: 'name' }, { field: 'ports.0.host_port' }],
    })
  } finally {
    listening.close()
  }
  expect(told).toEqual([])
  // The one that was there is not taken for what failed.
  expect((await inspect('web')).Config.Labels).toMatchObject({ 'holdfast.operation': testId('operation', 'web') })
  isAway = true
  await expect(create(wanted({ name: 'other' }))).rejects.toMatchObject({ code: 'backend_unreachable' })
  expect(await named()).toEqual(['/web'])
})

test('one that does not start is gone again, with the volumes that came with it', async () => {
  const before = await volumes()
  await expect(create(wanted({ name: 'broken', image: BROKEN }))).rejects.toMatchObject({ code: 'command_failed' })
  expect(await named()).toEqual([])
  expect(await volumes()).toEqual(before)
})

test.for([
  ['placed', false],
  ['docker-made', true],
  ['docker-made-started', true],
] as const)(
  'killed after %s: the next agent ends it (%s), and knows no value of the environment',
  async ([dies, isMade]) => {
    const first = turnOf('killed', { logs, dies })
    const asked = { container: wanted(), env: { PASSWORD: SECRET } }
    await expect(first.carry(makings().create(asked, first.turn, performance.now() + 60_000), true)).rejects.toThrow()
    const next = turnOf('killed', { logs, notes: first.notes })
    const end = next.carry(makings().recover(next.turn))
    if (isMade) expect(await end).toMatchObject({ isRunning: true })
    else await expect(end).rejects.toMatchObject({ code: 'timed_out' })
    expect(await named()).toEqual(isMade ? ['/web'] : [])
    if (isMade) expect((await inspect('web')).State.Status).toBe('running')
    // Notes lie on the disk.
    expect(JSON.stringify(next.notes)).not.toContain('canary')
  },
)
