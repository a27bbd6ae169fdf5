import { beforeEach, describe, expect, test } from 'vitest'
import type { PolicyDocument } from '@/agent/policy/policy'
import type { EventFeed } from '@/agent/server/handlers'
import type { ObservedMount, WireMount } from '@/lib/agent-protocol/messages'
import { VERBS } from '@/lib/agent-protocol/verbs'
import { driverById } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { CANARY, call, ENVELOPE, failure, NFS, observed, S3, setUpVerbs, wireMount } from '@/testing/agent/verbs-rig'
import { fakeStorage } from '@/testing/drivers/fake-host'
import { SAMPLES } from '@/testing/drivers/samples'
import { testId } from '@/testing/ids'

const rig = setUpVerbs()

describe('the policy holds against a controller that is who it says it is', () => {
  const cases: [string, Partial<PolicyDocument>, WireMount, string][] = [
    ['a mountpoint outside the roots', { mountRoots: ['/srv'] }, wireMount(), 'policy_denied'],
    ['a system tree', {}, wireMount({ mountPoint: '/etc/ssh' }), 'policy_denied'],
    ['a path that climbs', {}, wireMount({ mountPoint: '/mnt/../etc' }), 'invalid_input'],
    ['a storage type', { drivers: ['s3'] }, wireMount(), 'policy_denied'],
    ['a network', { networks: ['192.168.0.0/16'] }, wireMount(), 'policy_denied'],
    ['an unknown storage type', {}, wireMount({ backend: { ...NFS, driver: 'floppy' } }), 'unsupported'],
    ['a name of the language', {}, wireMount({ backend: { ...NFS, driver: 'constructor' } }), 'unsupported'],
  ]
  test.each(cases)('%s', async (_what, document, mount, code) => {
    rig.policy = document
    expect((await failure(rig.handlers.applyMount({ ...ENVELOPE, mount }, call()))).code).toBe(code)
    expect(rig.applied).toEqual([])
  })

  test('the metadata address, whatever the name in front of it', async () => {
    rig.host.addresses.set('nas.example.com', ['169.254.169.254'])
    expect((await failure(rig.handlers.applyMount({ ...ENVELOPE, mount: wireMount() }, call()))).code).toBe(
      'policy_denied',
    )
    const test = rig.handlers.testBackend({ operationId: testId('operation', '1'), backend: NFS }, call())
    expect((await failure(test)).code).toBe('policy_denied')
    const ask = rig.handlers.discover(
      { operationId: testId('operation', '1'), discovery: 'exports', backend: NFS },
      call(),
    )
    expect((await failure(ask)).code).toBe('policy_denied')
    const usage = rig.handlers.usage({ operationId: testId('operation', '1'), backend: NFS, mountId: null }, call())
    expect((await failure(usage)).code).toBe('policy_denied')
  })

  test('but never keeps a mount from going', async () => {
    rig.policy = { mountRoots: ['/srv'], networks: ['192.168.0.0/16'], drivers: ['s3'] }
    await rig.handlers.applyMount({ ...ENVELOPE, mount: wireMount({ desiredState: 'unmounted' }) }, call())
    await rig.handlers.removeMount({ ...ENVELOPE, mountId: testId('mount', '1'), abandon: false }, call())
    expect([rig.applied.length, rig.removed]).toEqual([1, [testId('mount', '1')]])
  })

  test('what is allowed is handed on', async () => {
    rig.policy = { mountRoots: ['/mnt'], networks: ['10.0.0.0/8'], drivers: ['nfs'] }
    await rig.handlers.applyMount({ ...ENVELOPE, mount: wireMount() }, call())
    expect(rig.applied).toEqual([wireMount()])
  })
})

describe('config and secrets are parsed again', () => {
  test('a config that the driver does not accept is refused by field', async () => {
    const backend = { ...NFS, config: { ...NFS.config, server: '-o evil', surprise: 1 } }
    const error = await failure(rig.handlers.testBackend({ operationId: testId('operation', '1'), backend }, call()))
    expect(error.code).toBe('invalid_input')
    expect(error.fields?.map((problem) => problem.field).sort()).toEqual(['config.server', 'config.surprise'])
  })

  test('a secret that the driver does not know is refused without repeating it', async () => {
    const backend = { ...NFS, secrets: { password: CANARY } }
    const error = await failure(rig.handlers.testBackend({ operationId: testId('operation', '1'), backend }, call()))
    expect(error.code).toBe('invalid_input')
    expect(JSON.stringify([error.message, error.fields, error.details])).not.toContain(CANARY)
  })

  test('a discovery takes a form that is half filled in, but nothing that is wrong', async () => {
    const ask = (config: Record<string, unknown>) =>
      failure(
        rig.handlers.discover(
          { operationId: testId('operation', '1'), discovery: 'exports', backend: { ...NFS, config } },
          call(),
        ),
      )
    expect((await ask({ server: 'a b' })).code).toBe('invalid_input')
    expect((await ask({ serverr: 'x' })).code).toBe('invalid_input')
    const other = rig.handlers.discover(
      { operationId: testId('operation', '1'), discovery: 'toString', backend: NFS },
      call(),
    )
    expect((await failure(other)).code).toBe('unsupported')
  })
})

describe('a secret stays inside', () => {
  test('of the log of a mount', async () => {
    const context = call()
    await rig.handlers.applyMount({ ...ENVELOPE, mount: wireMount({ backend: S3 }) }, context)
    expect(context.logs.join()).toContain('handed *** to a tool')
    expect(context.logs.join()).not.toContain(CANARY)
  })

  test('of the steps of a test, and of its answer', async () => {
    const context = call()
    rig.host.http = async () => {
      throw new HoldfastError('backend_unreachable', `the server said ${CANARY} and ${encodeURIComponent(CANARY)}`)
    }
    const answer = await rig.handlers.testBackend({ operationId: testId('operation', '1'), backend: S3 }, context)
    expect(answer.success).toBe(false)
    expect(VERBS.testBackend.response.safeParse(answer).success).toBe(true)
    expect(JSON.stringify([answer, context.steps, context.logs])).not.toContain(CANARY)
  })
})

describe('a test of a storage', () => {
  test('is the steps of the driver; a failing step is an answer', async () => {
    rig.host.openPorts.add('nas.example.com:2049')
    const context = call()
    const answer = await rig.handlers.testBackend({ operationId: testId('operation', '1'), backend: NFS }, context)
    expect(answer.success).toBe(false)
    expect(context.steps.length).toBeGreaterThan(0)
    expect(answer.steps).toEqual(context.steps)
  })

  // Block storages need more of a host than the fake one has; their contract tests try the same.
  const named = [...SAMPLES].flatMap(([id, { network }]) =>
    network && driverById(id).mounting ? [[id, network] as const] : [],
  )
  test.each(named)(
    'of type %s answers alike when the name is unknown and when the port is closed',
    async (id, { at, tools = {} }) => {
      for (const command of driverById(id).hostCommands)
        rig.host.answers.set(command, { exitCode: 0, stdout: tools[command] ?? '', stderr: '' })
      const ask = async (host: string) => {
        const { config, secrets = {} } = at(host, 4711)
        const backend = { id: testId('backend', '4'), driver: id, config, secrets }
        return rig.handlers.testBackend({ operationId: testId('operation', '1'), backend }, call())
      }
      for (const host of ['nowhere.example.com', 'nas.example.com']) {
        const answer = await ask(host)
        const failed = answer.steps.find(({ status }) => status === 'failed')
        expect([host, answer.success, failed?.problem]).toEqual([host, false, expect.any(String)])
        if (host === 'nowhere.example.com') expect(failed).toMatchObject({ id: 'name', problem: 'name.not_found' })
        else expect(failed?.id).not.toBe('name')
      }
    },
  )

  test('carries the capacity that a step has found', async () => {
    rig.host.paths.set('/data', 'directory')
    rig.host.storages.set('/data', fakeStorage())
    const backend = { id: testId('backend', '3'), driver: 'local-dir', config: { path: '/data' }, secrets: {} }
    const answer = await rig.handlers.testBackend({ operationId: testId('operation', '1'), backend }, call())
    expect(answer.usage === null).toBe(!answer.steps.some((step) => step.usage))
  })
})

describe('usage', () => {
  test.each([
    ['of a mount that is not there', [], 'not_found'],
    ['of a mount that hangs', [observed(testId('mount', '1'), { state: 'hung' })], 'backend_unreachable'],
  ])('%s', async (_what, known, code) => {
    rig.mounts = known
    const asked = rig.handlers.usage(
      { operationId: testId('operation', '1'), backend: NFS, mountId: testId('mount', '1') },
      call(),
    )
    expect((await failure(asked)).code).toBe(code)
  })
})

test('events: first everything of each kind, then changes and what is gone, and nothing after the end', () => {
  rig.mounts = [observed(testId('mount', '1'))]
  const sent: unknown[] = []
  const end = new AbortController()
  const feed: EventFeed = {
    signal: end.signal,
    knownLists: {},
    send: (news) => {
      for (const { kind, changed, gone } of news) {
        const states = [...changed].map(([id, resource]) => [id, (resource as ObservedMount).state])
        sent.push([kind, states, gone])
      }
    },
  }
  rig.handlers.events(feed)
  const id = testId('mount', '1')
  for (const listener of rig.listeners) listener([observed(id, { state: 'hung' })], [])
  for (const listener of rig.listeners) listener([], [id])
  end.abort()
  expect(rig.listeners.size).toBe(0)
  expect(sent).toEqual([
    ['mount', [[id, 'mounted']], []],
    ['connection', [], []],
    ['pool', [], []],
    ['mount', [[id, 'hung']], []],
    ['mount', [], [id]],
  ])
})

describe('tools', () => {
  test.each([['apt-get'], ['bash'], ['-y'], ['rclone; reboot']])('%s is not installed', async (command) => {
    const context = call()
    const install = rig.handlers.installTools({ ...ENVELOPE, commands: [command] }, context)
    expect((await failure(install)).code).toBe('invalid_input')
    expect(context.logs).toEqual([])
  })
})

describe('another version of the agent', () => {
  const WANTED = { file: 'holdfast-agent-linux-x64.tar.gz', sha256: 'a'.repeat(64), version: '9.9.9' }
  const update = (context = call()) => rig.handlers.updateAgent({ ...ENVELOPE, ...WANTED }, context)
  let done: unknown[]

  beforeEach(() => {
    done = []
    rig.installation = {
      install: async (wanted) => void done.push(wanted),
      restartSoon: () => void done.push('restart'),
    }
  })

  test('is installed as it was named, and then this one ends', async () => {
    expect(await update()).toEqual({ version: '9.9.9', startedAt: new Date(0).toISOString() })
    expect(done).toEqual([WANTED, 'restart'])
    expect((await rig.handlers.info({}, call())).canUpdate).toBe(true)
  })

  test('does not take its place when it cannot be installed', async () => {
    rig.installation = {
      install: () => Promise.reject(new HoldfastError('conflict', 'Its checksum is another one.')),
      restartSoon: () => void done.push('restart'),
    }
    expect((await failure(update())).code).toBe('conflict')
    expect(done).toEqual([])
  })

  test('is refused where the policy leaves that to the administrator', async () => {
    rig.policy = { agentUpdates: false }
    expect(await failure(update())).toMatchObject({ code: 'policy_denied' })
    expect(done).toEqual([])
    expect((await rig.handlers.info({}, call())).canUpdate).toBe(false)
  })

  test('is refused where others start this one', async () => {
    rig.installation = null
    expect(await failure(update())).toMatchObject({ code: 'unsupported' })
    expect((await rig.handlers.info({}, call())).canUpdate).toBe(false)
  })
})

test('how often storages are measured is what the controller said last, and stays when it says nothing', async () => {
  const measuring = { usualSeconds: 60, backends: new Map() }
  await rig.handlers.status({}, { ...call(), measuring })
  await rig.handlers.status({}, call())
  expect(rig.measuring).toEqual([measuring])
})

test('info, status and standing are what the protocol says', async () => {
  rig.mounts = [observed(testId('mount', '1'))]
  expect(VERBS.info.response.safeParse(await rig.handlers.info({}, call())).error).toBeUndefined()
  expect(VERBS.status.response.safeParse(await rig.handlers.status({}, call())).error).toBeUndefined()
  const standing = VERBS.standing.response.parse(await rig.handlers.standing({}, call()))
  expect(standing).toMatchObject({
    fence: 3,
    generations: { [testId('mount', 'gone')]: 2 },
    resources: { mount: [{ mountId: testId('mount', '1') }], connection: [] },
  })
})

test('there is a handler for every operation, and for nothing else', () => {
  expect(Object.keys(rig.handlers).sort()).toEqual(Object.keys(VERBS).sort())
})
