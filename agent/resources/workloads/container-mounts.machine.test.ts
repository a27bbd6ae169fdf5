import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { CommandTurn, Undo } from '@/agent/commands/turn'
import { Runner } from '@/agent/host/exec/run'
import { askDaemon, tellDaemon } from '@/agent/host/local-daemons'
import { MountChanges } from '@/agent/resources/workloads/mount-changes'
import type { WantedMount } from '@/lib/agent-protocol/workload-mounts'
import type { Change } from '@/lib/attach-targets/contract/target-host'
import { dockerTarget } from '@/lib/attach-targets/docker/host'
import { HoldfastError } from '@/lib/errors'
import { BARE_HOST } from '@/testing/attach-targets/describe-target'
import { IMAGE, type RealDocker, removeAll, startDocker } from '@/testing/attach-targets/real-docker'
import { testId } from '@/testing/ids'

const MOUNT = testId('mount', 'share')
const SECRET = 'PASSWORD=canary-not-a-real-secret'
let docker: RealDocker
/** As this process sees what the engine sees. */
let root: string
let isAway = false
/** As many questions find no engine. */
let silent = 0
const logs: string[] = []

beforeAll(async () => {
  docker = await startDocker()
  const pid = readFileSync(docker.place.pidFile, 'utf8').trim()
  root = `/proc/${pid}/root`
  for (const name of ['web', 'spare']) docker.makeDirectory(`/srv/share/${name}`)
}, 120_000)
afterAll(() => docker?.close())
afterEach(async () => {
  isAway = false
  logs.length = 0
  await removeAll(docker.api)
})

function changes() {
  const host = {
    ...BARE_HOST,
    ask: async (daemon: 'docker', url: string) => {
      if (silent-- > 0) throw new HoldfastError('unavailable', 'Docker does not run.')
      return askDaemon(daemon, url, docker.place)
    },
    tell: (daemon: 'docker', url: string, change?: Change) => tellDaemon(daemon, url, change, docker.place),
  }
  const away = () => new HoldfastError('backend_unreachable', 'It is away.')
  return new MountChanges({
    hostId: testId('host', 'here'),
    targets: [dockerTarget],
    open: () => ({ host }),
    door: () => ({ runner: inRoot() }),
    ground: {
      requireMount: (mountId) => {
        if (isAway) throw away()
        return { mountId, path: '/srv/share', readOnly: false }
      },
    },
    mounts: () => [{ mountId: MOUNT, mountPoint: '/srv/share' }],
    secretFile: () => Promise.reject(new Error('nothing is given in files')),
    look: async () => undefined,
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

class Killed extends Error {}

/** As the runner's own: steps that were noted are not done again, and those of a failure are taken back. `dies`: after this step's work. */
function turnOf(operation: string, notes: { name: string; note: unknown }[] = [], dies = '') {
  const entered: { note: unknown; undo: Undo<unknown> }[] = []
  const turn: CommandTurn = {
    ...{ operationId: testId('operation', operation), signal: AbortSignal.any([]), done: notes },
    log: (message) => void logs.push(message),
    hang: () => undefined,
    async step(name, work, undo) {
      const before = notes.find((step) => step.name === name)
      const own = { note: before?.note ?? null, undo: (undo ?? (async () => undefined)) as Undo<unknown> }
      entered.push(own)
      if (before !== undefined) return before.note as never
      const note = JSON.parse(JSON.stringify((await work()) ?? null))
      if (name === dies) throw new Killed()
      own.note = note
      notes.push({ name, note })
      return note
    },
  }
  const carry = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof Killed)) for (const { note, undo } of entered.toReversed()) await undo(note, turn)
      throw error
    }
  }
  return { turn, carry, notes }
}

function wanted(over: Partial<WantedMount> = {}): WantedMount {
  const own = { attachmentId: testId('attachment', 'one'), mountId: MOUNT, subPath: 'web', inside: '/data' }
  return { ...own, readOnly: false, createSubPath: false, ...over }
}

async function make(name: string, over: object = {}, hostConfig: object = {}, start = true): Promise<string> {
  const made = await docker.api('POST', `/containers/create?name=${name}`, {
    ...{ Image: IMAGE, Cmd: ['/bin/sleep', '3600'], Env: [SECRET], StopSignal: 'SIGKILL', Labels: { own: 'yes' } },
    HostConfig: { NetworkMode: 'none', RestartPolicy: { Name: 'unless-stopped' }, ...hostConfig },
    ...over,
  })
  const { Id } = JSON.parse(made)
  if (start) await docker.api('POST', `/containers/${Id}/start`)
  return Id
}

const inspect = async (name: string) => JSON.parse(await docker.api('GET', `/containers/${name}/json`))
const all = async (): Promise<string[]> =>
  JSON.parse(await docker.api('GET', '/containers/json?all=1')).flatMap(({ Names }: { Names: string[] }) => Names)
const within = async (name: string) => `/proc/${(await inspect(name)).State.Pid}/root`

async function attach(nativeId: string, mount = wanted(), accepted: string[] = [], operation = 'attach') {
  const { turn, carry } = turnOf(operation)
  const asked = { change: 'attach' as const, workload: { target: 'docker', nativeId }, mount, accepted }
  return carry(changes().carryOut(asked, turn, performance.now() + 60_000))
}
async function detach(nativeId: string, mount = wanted()) {
  const { turn, carry } = turnOf('detach')
  const asked = { change: 'detach' as const, workload: { target: 'docker', nativeId }, mount, accepted: [] }
  return carry(changes().carryOut(asked, turn, performance.now() + 60_000))
}

/** Everything that it was made with, besides its mounts. */
async function settings(name: string) {
  const { Id, Name, Image, Config, HostConfig } = await inspect(name)
  const { Mounts: _, Binds: __, ...rest } = HostConfig
  return { Name, Image, Config: { ...Config, Hostname: Config.Hostname === Id.slice(0, 12) }, HostConfig: rest }
}

/** Docker would start it without its storage too. */
function takenOver({ Config, HostConfig, ...rest }: Awaited<ReturnType<typeof settings>>) {
  const Labels = { ...Config.Labels, 'holdfast.restart': 'unless-stopped' }
  const RestartPolicy = { Name: 'no', MaximumRetryCount: 0 }
  return { ...rest, Config: { ...Config, Labels }, HostConfig: { ...HostConfig, RestartPolicy } }
}

test('a container reads and writes in the mount, and is as before when that is taken away', async () => {
  const id = await make('web', { Volumes: { '/cache': {} } })
  const before = await settings('web')
  writeFileSync(`${await within('web')}/cache/kept`, 'kept')
  const plan = await changes().plan(
    { change: 'attach', workload: { target: 'docker', nativeId: id }, mount: wanted() },
    AbortSignal.any([]),
  )
  expect(plan).toMatchObject({ effect: 'restart', losses: [], refusal: null, isRunning: true })
  expect(plan.keeps.join(' ')).toContain('/cache')
  expect(await all()).toEqual(['/web'])

  const made = await attach(id)
  expect(made).toMatchObject({ isLive: true, isKept: true })
  expect(made.nativeId).not.toBe(id)
  expect(await all()).toEqual(['/web'])
  expect(await settings('web')).toEqual(takenOver(before))
  const inside = await within('web')
  writeFileSync(`${inside}/data/hello`, 'from inside')
  expect(readFileSync(`${root}/srv/share/web/hello`, 'utf8')).toBe('from inside')
  expect(readFileSync(`${inside}/cache/kept`, 'utf8')).toBe('kept')
  const [bind] = (await inspect('web')).Mounts.filter(({ Type }: { Type: string }) => Type === 'bind')
  expect(bind).toMatchObject({ Source: '/srv/share/web', Destination: '/data', RW: true, Propagation: 'rslave' })
  expect(await attach(made.nativeId, wanted(), [], 'again')).toMatchObject({ nativeId: made.nativeId })

  const bare = await detach(made.nativeId)
  expect(await settings('web')).toEqual(before)
  expect((await inspect('web')).Mounts.map(({ Destination }: { Destination: string }) => Destination)).toEqual([
    '/cache',
  ])
  expect(existsSync(`${await within('web')}/data/hello`)).toBe(false)
  expect(await detach(bare.nativeId)).toMatchObject({ nativeId: bare.nativeId })
  expect(logs.join('\n')).not.toContain('canary')
})

test('cannot write where it is read-only, and one that is stopped stays so', async () => {
  await attach(await make('web'), wanted({ readOnly: true }))
  expect(() => writeFileSync(`${root}/srv/share/web/outside`, '')).not.toThrow()
  const inside = await within('web')
  expect(readdirSync(`${inside}/data`)).toContain('outside')
  expect(() => writeFileSync(`${inside}/data/x`, '')).toThrow(/EROFS/)
  const stopped = await attach(await make('off', {}, {}, false), wanted(), [], 'off')
  expect(stopped.isLive).toBe(false)
  expect((await inspect('off')).State.Status).toBe('created')
})

test('directories are made where that is asked for, and no link is followed', async () => {
  const id = await make('web')
  const refused = { code: 'invalid_input', fields: [{ field: 'sub_path' }] }
  await expect(attach(id, wanted({ subPath: 'new/deep' }))).rejects.toMatchObject(refused)
  symlinkSync('/etc', `${root}/srv/share/escape`)
  for (const subPath of ['escape', 'escape/ssl'])
    await expect(attach(id, wanted({ subPath, createSubPath: true }), [], subPath)).rejects.toMatchObject(refused)
  expect((await inspect('web')).Id).toBe(id)
  await attach(id, wanted({ subPath: 'new/deep', createSubPath: true }), [], 'create')
  expect(existsSync(`${root}/srv/share/new/deep`)).toBe(true)
})

test('what would be lost has to be agreed to, and what cannot be brought back is refused', async () => {
  const id = await make('web')
  mkdirSync(`${await within('web')}/opt`, { recursive: true })
  writeFileSync(`${await within('web')}/opt/own`, 'x')
  await expect(attach(id)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('/opt/own') })
  expect((await inspect('web')).Id).toBe(id)
  expect(await attach(id, wanted(), ['files'], 'agreed')).toMatchObject({ isLive: true })

  const compose = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'db' }
  const ofCompose = await make('shop-db-1', { Labels: compose })
  const { refusal } = await changes().plan(
    { change: 'attach', workload: { target: 'docker', nativeId: ofCompose }, mount: wanted() },
    AbortSignal.any([]),
  )
  expect(refusal).toMatchObject({
    message: expect.stringContaining("'db'"),
    snippet: expect.stringContaining('rslave'),
  })
  await expect(attach(ofCompose)).rejects.toMatchObject({ code: 'conflict' })
  const brief = await make('brief', {}, { AutoRemove: true, RestartPolicy: { Name: 'no' } })
  await expect(attach(brief)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('--rm') })
})

test('where the new one does not start, the old one is back as it was', async () => {
  const id = await make('web')
  const { turn, carry } = turnOf('fails')
  const asked = {
    change: 'attach' as const,
    workload: { target: 'docker', nativeId: id },
    mount: wanted(),
    accepted: [],
  }
  const step = turn.step.bind(turn)
  const late: CommandTurn = {
    ...turn,
    step: (name, work, undo) => {
      if (name === 'docker-started') isAway = true
      return step(name, work, undo)
    },
  }
  const before = await settings('web')
  await expect(carry(changes().carryOut(asked, late, performance.now() + 60_000))).rejects.toMatchObject({
    code: 'backend_unreachable',
  })
  expect(await all()).toEqual(['/web'])
  expect(await inspect('web')).toMatchObject({ Id: id, State: { Status: 'running' } })
  expect(await settings('web')).toEqual(before)
})

test.for(['created', 'stopped', 'moved-old', 'moved-new', 'started', 'removed'])(
  'killed after %s: the next agent ends it, with one container',
  async (point) => {
    const id = await make('web')
    const first = turnOf('killed', [], `docker-${point}`)
    const asked = {
      change: 'attach' as const,
      workload: { target: 'docker', nativeId: id },
      mount: wanted(),
      accepted: [],
    }
    const limit = performance.now() + 60_000
    await expect(first.carry(changes().carryOut(asked, first.turn, limit))).rejects.toThrow(Killed)
    const next = turnOf('killed', first.notes)
    // After a start of the machine the engine comes later.
    silent = 1
    expect(await next.carry(changes().recover(next.turn))).toMatchObject({ isLive: true })
    expect(await all()).toEqual(['/web'])
    const now = await inspect('web')
    expect(now).toMatchObject({
      State: { Status: 'running' },
      Config: { Labels: { own: 'yes', 'holdfast.restart': 'unless-stopped' } },
      HostConfig: { RestartPolicy: { Name: 'no' } },
    })
    expect(now.Id).not.toBe(id)
    // Notes lie on the disk.
    expect(JSON.stringify(next.notes)).not.toContain('canary')
  },
)
