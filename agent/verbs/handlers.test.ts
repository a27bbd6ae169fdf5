import { beforeEach, describe, expect, test } from 'vitest'
import { openBackend } from '@/agent/backends/open-backend'
import { Tools } from '@/agent/facts/tools'
import { Runner } from '@/agent/host/exec/run'
import { createPolicy, type PolicyDocument, parsePolicy } from '@/agent/policy/policy'
import type { Call, EventFeed, Handlers } from '@/agent/server/handlers'
import type { Installation } from '@/agent/update/installation'
import type { Agent } from '@/agent/verbs/agent'
import { createHandlers } from '@/agent/verbs/handlers'
import type { ObservedMount, WireBackend, WireMount } from '@/lib/agent-protocol/messages'
import { OPERATIONS } from '@/lib/agent-protocol/operations'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { TestStep } from '@/lib/drivers/contract/steps'
import { DESCRIPTORS } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { FakeHost, fakeStorage } from '@/testing/drivers/fake-host'
import { testId } from '@/testing/ids'

const CANARY = 'canary-not-a-real-secret-key'
const NFS: WireBackend = {
  id: testId('backend', '1'),
  driver: 'nfs',
  config: { server: 'nas.example.com', export_path: '/export/media' },
  secrets: {},
}
const S3: WireBackend = {
  id: testId('backend', '2'),
  driver: 's3',
  config: {
    provider: 'Other',
    endpoint: 'http://s3.example.com:9000',
    bucket: 'media',
    access_key_id: 'not-a-real-id',
  },
  secrets: { secret_access_key: CANARY },
}

let host: FakeHost
let policy: Partial<PolicyDocument>
let mounts: ObservedMount[]
let applied: WireMount[]
let removed: string[]
let listeners: Set<(changed: readonly ObservedMount[], gone: readonly string[]) => void>
let installation: Installation | null
let handlers: Handlers

beforeEach(() => {
  host = new FakeHost()
  host.addresses.set('nas.example.com', ['10.1.0.5'])
  host.addresses.set('s3.example.com', ['10.1.0.6'])
  policy = {}
  mounts = []
  applied = []
  removed = []
  installation = null
  listeners = new Set()
  const agent: Agent = {
    get kinds() {
      return [this.mounts, this.connections]
    },
    policy: () => createPolicy(parsePolicy(JSON.stringify(policy), 'agent.json')),
    certificates: {
      current: () => ({ serial: '01', notAfter: new Date(0).toISOString() }),
      request: () => ({ csr: 'csr' }),
      install: () => ({ serial: '02', notAfter: new Date(0).toISOString() }),
    },
    tools: new Tools(DESCRIPTORS, 'debian'),
    distribution: 'debian',
    startedAt: new Date(0).toISOString(),
    highest: () => ({ fence: 3, generations: { [testId('mount', 'gone')]: 2 } }),
    guard: () => 'immutable',
    mounts: {
      name: 'mount',
      idOf: ({ mountId }) => mountId,
      list: () => mounts,
      subscribe(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      async apply(_envelope, _receivedAt, mount, progress) {
        if (mount.desiredState === 'mounted') await mountLikeTheManager(mount)
        applied.push(mount)
        progress.log(`handed ${CANARY} to a tool`)
        return observed(mount.mountId)
      },
      async remove(_envelope, _receivedAt, { mountId }) {
        removed.push(mountId)
        return { removed: true, mount: null }
      },
    },
    connections: {
      name: 'connection',
      idOf: ({ backendId }) => backendId,
      list: () => [],
      subscribe: () => () => undefined,
      async connect() {
        throw new HoldfastError('unsupported', 'Not in this test.')
      },
      async disconnect() {},
    },
    jobs: {
      async start() {
        throw new HoldfastError('unsupported', 'Not in this test.')
      },
      list: () => [],
      subscribe: () => () => undefined,
      cancel: () => null,
      logAfter: () => ({ job: null, lines: [] }),
    },
    get installation() {
      return installation
    },
    commands: {
      run: (command, _receivedAt, log, handler) => {
        const { operationId } = command.envelope
        const signal = AbortSignal.any([])
        const step = <Note>(_name: string, work: () => Promise<Note>) => work()
        return handler.carryOut({ operationId, signal, log, hang: () => undefined, done: [], step })
      },
    },
    open() {
      const runner = new Runner()
      return { host, runner, redactor: runner.redactor }
    },
  }
  handlers = createHandlers(agent)
})

/** The manager opens the backend the same way, and comes back to it on its own after a restart. */
async function mountLikeTheManager(mount: WireMount): Promise<void> {
  const current = createPolicy(parsePolicy(JSON.stringify(policy), 'agent.json'))
  const opened = openBackend(mount.backend, current, new Runner().redactor)
  const context: OperationContext = {
    host,
    signal: new AbortController().signal,
    deadlineAt: performance.now() + 5_000,
    operationId: testId('operation', '1'),
    log() {},
    step() {},
  }
  const target = { mountId: mount.mountId, path: mount.mountPoint, readOnly: mount.readOnly }
  try {
    await opened.driver.mount?.(opened.backend, target, context)
  } catch (error) {
    // Whether the storage works is not the question here.
    if (error instanceof HoldfastError && error.code === 'policy_denied') throw error
  }
}

function observed(mountId: string, change: Partial<ObservedMount> = {}): ObservedMount {
  const now = new Date().toISOString()
  return {
    mountId,
    mountPoint: '/mnt/media',
    state: 'mounted',
    generation: 1,
    desiredState: 'mounted',
    since: now,
    observedAt: now,
    options: 'rw,nosuid,nodev',
    source: null,
    fsType: null,
    guard: 'immutable',
    error: null,
    usage: null,
    usageAt: null,
    ...change,
  }
}

interface TestCall extends Call {
  logs: string[]
  steps: TestStep[]
}

function call(): TestCall {
  const logs: string[] = []
  const steps: TestStep[] = []
  return {
    signal: new AbortController().signal,
    disconnected: new AbortController().signal,
    receivedAt: performance.now(),
    deadlineAt: performance.now() + 5_000,
    log: (message) => void logs.push(message),
    step: (step) => void steps.push(step as TestStep),
    logs,
    steps,
  }
}

async function failure(work: Promise<unknown>): Promise<HoldfastError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof HoldfastError) return error
  throw new Error(`it should have been refused, got ${String(error)}`)
}

const ENVELOPE = {
  operationId: testId('operation', '1'),
  resourceId: testId('mount', '1'),
  generation: 1,
  fence: 1,
  ttlMs: 1000,
}

function wireMount(change: Partial<WireMount> = {}): WireMount {
  return {
    mountId: testId('mount', '1'),
    backend: NFS,
    mountPoint: '/mnt/media',
    readOnly: false,
    autoMount: true,
    desiredState: 'mounted',
    ...change,
  }
}

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
    policy = document
    expect((await failure(handlers.applyMount({ ...ENVELOPE, mount }, call()))).code).toBe(code)
    expect(applied).toEqual([])
  })

  test('the metadata address, whatever the name in front of it', async () => {
    host.addresses.set('nas.example.com', ['169.254.169.254'])
    expect((await failure(handlers.applyMount({ ...ENVELOPE, mount: wireMount() }, call()))).code).toBe('policy_denied')
    const test = handlers.testBackend({ operationId: testId('operation', '1'), backend: NFS }, call())
    expect((await failure(test)).code).toBe('policy_denied')
    const ask = handlers.discover({ operationId: testId('operation', '1'), discovery: 'exports', backend: NFS }, call())
    expect((await failure(ask)).code).toBe('policy_denied')
    const usage = handlers.usage({ operationId: testId('operation', '1'), backend: NFS, mountId: null }, call())
    expect((await failure(usage)).code).toBe('policy_denied')
  })

  test('but never keeps a mount from going', async () => {
    policy = { mountRoots: ['/srv'], networks: ['192.168.0.0/16'] }
    await handlers.applyMount({ ...ENVELOPE, mount: wireMount({ desiredState: 'unmounted' }) }, call())
    await handlers.removeMount({ ...ENVELOPE, mountId: testId('mount', '1'), abandon: false }, call())
    expect([applied.length, removed]).toEqual([1, [testId('mount', '1')]])
  })

  test('what is allowed is handed on', async () => {
    policy = { mountRoots: ['/mnt'], networks: ['10.0.0.0/8'], drivers: ['nfs'] }
    await handlers.applyMount({ ...ENVELOPE, mount: wireMount() }, call())
    expect(applied).toEqual([wireMount()])
  })
})

describe('config and secrets are parsed again', () => {
  test('a config that the driver does not accept is refused by field', async () => {
    const backend = { ...NFS, config: { ...NFS.config, server: '-o evil', surprise: 1 } }
    const error = await failure(handlers.testBackend({ operationId: testId('operation', '1'), backend }, call()))
    expect(error.code).toBe('invalid_input')
    expect(error.fields?.map((problem) => problem.field).sort()).toEqual(['config.server', 'config.surprise'])
  })

  test('a secret that the driver does not know is refused without repeating it', async () => {
    const backend = { ...NFS, secrets: { password: CANARY } }
    const error = await failure(handlers.testBackend({ operationId: testId('operation', '1'), backend }, call()))
    expect(error.code).toBe('invalid_input')
    expect(JSON.stringify([error.message, error.fields, error.details])).not.toContain(CANARY)
  })

  test('a discovery takes a form that is half filled in, but nothing that is wrong', async () => {
    const ask = (config: Record<string, unknown>) =>
      failure(
        handlers.discover(
          { operationId: testId('operation', '1'), discovery: 'exports', backend: { ...NFS, config } },
          call(),
        ),
      )
    expect((await ask({ server: 'a b' })).code).toBe('invalid_input')
    expect((await ask({ serverr: 'x' })).code).toBe('invalid_input')
    const other = handlers.discover(
      { operationId: testId('operation', '1'), discovery: 'toString', backend: NFS },
      call(),
    )
    expect((await failure(other)).code).toBe('unsupported')
  })
})

describe('a secret stays inside', () => {
  test('of the log of a mount', async () => {
    const context = call()
    await handlers.applyMount({ ...ENVELOPE, mount: wireMount({ backend: S3 }) }, context)
    expect(context.logs.join()).toContain('handed *** to a tool')
    expect(context.logs.join()).not.toContain(CANARY)
  })

  test('of the steps of a test, and of its answer', async () => {
    const context = call()
    host.http = async () => {
      throw new HoldfastError('backend_unreachable', `the server said ${CANARY} and ${encodeURIComponent(CANARY)}`)
    }
    const answer = await handlers.testBackend({ operationId: testId('operation', '1'), backend: S3 }, context)
    expect(answer.success).toBe(false)
    expect(OPERATIONS.testBackend.response.safeParse(answer).success).toBe(true)
    expect(JSON.stringify([answer, context.steps, context.logs])).not.toContain(CANARY)
  })
})

describe('a test of a storage', () => {
  test('is the steps of the driver; a failing step is an answer', async () => {
    host.openPorts.add('nas.example.com:2049')
    const context = call()
    const answer = await handlers.testBackend({ operationId: testId('operation', '1'), backend: NFS }, context)
    expect(answer.success).toBe(false)
    expect(context.steps.length).toBeGreaterThan(0)
    expect(answer.steps).toEqual(context.steps)
  })

  test('carries the capacity that a step has found', async () => {
    host.paths.set('/data', 'directory')
    host.storages.set('/data', fakeStorage())
    const backend = { id: testId('backend', '3'), driver: 'local-dir', config: { path: '/data' }, secrets: {} }
    const answer = await handlers.testBackend({ operationId: testId('operation', '1'), backend }, call())
    expect(answer.usage === null).toBe(!answer.steps.some((step) => step.usage))
  })
})

describe('usage', () => {
  test.each([
    ['of a mount that is not there', [], 'not_found'],
    ['of a mount that hangs', [observed(testId('mount', '1'), { state: 'hung' })], 'backend_unreachable'],
  ])('%s', async (_what, known, code) => {
    mounts = known
    const asked = handlers.usage(
      { operationId: testId('operation', '1'), backend: NFS, mountId: testId('mount', '1') },
      call(),
    )
    expect((await failure(asked)).code).toBe(code)
  })
})

test('events: first everything of each kind, then changes and what is gone, and nothing after the end', () => {
  mounts = [observed(testId('mount', '1'))]
  const sent: unknown[] = []
  const end = new AbortController()
  const feed: EventFeed = {
    signal: end.signal,
    send: (news) => {
      for (const { kind, changed, gone } of news) {
        const states = [...changed].map(([id, resource]) => [id, (resource as ObservedMount).state])
        sent.push([kind, states, gone])
      }
    },
  }
  handlers.events(feed)
  const id = testId('mount', '1')
  for (const listener of listeners) listener([observed(id, { state: 'hung' })], [])
  for (const listener of listeners) listener([], [id])
  end.abort()
  expect(listeners.size).toBe(0)
  expect(sent).toEqual([
    ['mount', [[id, 'mounted']], []],
    ['connection', [], []],
    ['mount', [[id, 'hung']], []],
    ['mount', [], [id]],
  ])
})

describe('tools', () => {
  test.each([['apt-get'], ['bash'], ['-y'], ['rclone; reboot']])('%s is not installed', async (command) => {
    const context = call()
    const install = handlers.installTools({ ...ENVELOPE, commands: [command] }, context)
    expect((await failure(install)).code).toBe('invalid_input')
    expect(context.logs).toEqual([])
  })
})

describe('another version of the agent', () => {
  const WANTED = { file: 'holdfast-agent-linux-x64.tar.gz', sha256: 'a'.repeat(64), version: '9.9.9' }
  const update = (context = call()) => handlers.updateAgent({ ...ENVELOPE, ...WANTED }, context)
  let done: unknown[]

  beforeEach(() => {
    done = []
    installation = {
      install: async (wanted) => void done.push(wanted),
      restartSoon: () => void done.push('restart'),
    }
  })

  test('is installed as it was named, and then this one ends', async () => {
    expect(await update()).toEqual({ version: '9.9.9', startedAt: new Date(0).toISOString() })
    expect(done).toEqual([WANTED, 'restart'])
    expect((await handlers.info({}, call())).canUpdate).toBe(true)
  })

  test('does not take its place when it cannot be installed', async () => {
    installation = {
      install: () => Promise.reject(new HoldfastError('conflict', 'Its checksum is another one.')),
      restartSoon: () => void done.push('restart'),
    }
    expect((await failure(update())).code).toBe('conflict')
    expect(done).toEqual([])
  })

  test('is refused where the policy leaves that to the administrator', async () => {
    policy = { agentUpdates: false }
    expect(await failure(update())).toMatchObject({ code: 'policy_denied' })
    expect(done).toEqual([])
    expect((await handlers.info({}, call())).canUpdate).toBe(false)
  })

  test('is refused where others start this one', async () => {
    installation = null
    expect(await failure(update())).toMatchObject({ code: 'unsupported' })
    expect((await handlers.info({}, call())).canUpdate).toBe(false)
  })
})

test('info, status and standing are what the protocol says', async () => {
  mounts = [observed(testId('mount', '1'))]
  expect(OPERATIONS.info.response.safeParse(await handlers.info({}, call())).error).toBeUndefined()
  expect(OPERATIONS.status.response.safeParse(await handlers.status({}, call())).error).toBeUndefined()
  const standing = OPERATIONS.standing.response.parse(await handlers.standing({}, call()))
  expect(standing).toMatchObject({
    fence: 3,
    generations: { [testId('mount', 'gone')]: 2 },
    resources: { mount: [{ mountId: testId('mount', '1') }], connection: [] },
  })
})

test('there is a handler for every operation, and for nothing else', () => {
  expect(Object.keys(handlers).sort()).toEqual(Object.keys(OPERATIONS).sort())
})
