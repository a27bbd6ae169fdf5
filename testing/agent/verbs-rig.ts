import { beforeEach } from 'vitest'
import { openBackend } from '@/agent/backends/open-backend'
import { Tools } from '@/agent/facts/tools'
import { Runner } from '@/agent/host/exec/run'
import { createPolicy, type PolicyDocument, parsePolicy } from '@/agent/policy/policy'
import type { Call, Handlers } from '@/agent/server/handlers'
import type { Installation } from '@/agent/update/installation'
import type { Agent } from '@/agent/verbs/agent'
import { createHandlers } from '@/agent/verbs/handlers'
import type { Measuring } from '@/lib/agent-protocol/measuring'
import type { ObservedMount, WireBackend, WireMount } from '@/lib/agent-protocol/messages'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { TestStep } from '@/lib/drivers/contract/steps'
import { DESCRIPTORS } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { FakeHost } from '@/testing/drivers/fake-host'
import { testId } from '@/testing/ids'

export const CANARY = 'canary-not-a-real-secret-key'
export const NFS: WireBackend = {
  id: testId('backend', '1'),
  driver: 'nfs',
  config: { server: 'nas.example.com', export_path: '/export/media' },
  secrets: {},
}
export const S3: WireBackend = {
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

/** What the verbs of an agent find around them, and what they have handed on. A test may set all of it. */
export interface VerbsRig {
  handlers: Handlers
  host: FakeHost
  policy: Partial<PolicyDocument>
  /** As the manager of mounts lists them. */
  mounts: ObservedMount[]
  applied: WireMount[]
  removed: string[]
  listeners: Set<(changed: readonly ObservedMount[], gone: readonly string[]) => void>
  installation: Installation | null
  /** What was said of how often storages are to be measured. */
  measuring: Measuring[]
}

/** The verbs of an agent over a fake host, anew for each test. */
export function setUpVerbs(): VerbsRig {
  const rig = {} as VerbsRig
  beforeEach(() => {
    const host = new FakeHost()
    host.addresses.set('nas.example.com', ['10.1.0.5'])
    host.addresses.set('s3.example.com', ['10.1.0.6'])
    const anew: VerbsRig = {
      handlers: createHandlers(agentOver(rig)),
      host,
      policy: {},
      mounts: [],
      applied: [],
      removed: [],
      listeners: new Set(),
      installation: null,
      measuring: [],
    }
    Object.assign(rig, anew)
  })
  return rig
}

async function notHere(): Promise<never> {
  throw new HoldfastError('unsupported', 'Not in this test.')
}

function agentOver(rig: VerbsRig): Agent {
  return {
    get kinds() {
      return [this.mounts, this.connections, this.pools]
    },
    policy: () => createPolicy(parsePolicy(JSON.stringify(rig.policy), 'agent.json')),
    certificates: {
      current: () => ({ serial: '01', notAfter: new Date(0).toISOString() }),
      request: () => ({ csr: 'csr' }),
      install: () => ({ serial: '02', notAfter: new Date(0).toISOString() }),
    },
    tools: new Tools(DESCRIPTORS, 'debian'),
    disks: { status: async () => undefined },
    workloads: { targets: async () => undefined },
    diskChanges: { attach: notHere, detach: notHere },
    machinePower: { power: notHere },
    machineClipboards: { add: notHere },
    containerPowers: { power: notHere },
    containerMakings: { plan: notHere, create: notHere, remove: notHere },
    machineMakings: { offers: notHere, plan: notHere, create: notHere, remove: notHere },
    mountChanges: { plan: notHere, carryOut: notHere },
    distribution: 'debian',
    startedAt: new Date(0).toISOString(),
    highest: () => ({ fence: 3, generations: { [testId('mount', 'gone')]: 2 } }),
    guard: () => 'immutable',
    mounts: {
      name: 'mount',
      idOf: ({ mountId }) => mountId,
      list: () => rig.mounts,
      measure: (measuring) => void rig.measuring.push(measuring),
      subscribe(listener) {
        rig.listeners.add(listener)
        return () => void rig.listeners.delete(listener)
      },
      async apply(_envelope, _receivedAt, mount, progress) {
        if (mount.desiredState === 'mounted') await mountLikeTheManager(rig, mount)
        rig.applied.push(mount)
        progress.log(`handed ${CANARY} to a tool`)
        return observed(mount.mountId)
      },
      async remove(_envelope, _receivedAt, { mountId }) {
        rig.removed.push(mountId)
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
    files: {
      list: notHere,
      read: notHere,
      uploads: { begin: notHere, look: notHere, write: notHere, finish: notHere, drop: notHere },
    },
    pools: {
      name: 'pool',
      idOf: ({ poolId }) => poolId,
      list: () => [],
      subscribe: () => () => undefined,
      async open() {
        throw new HoldfastError('unsupported', 'Not in this test.')
      },
      close: async () => ({ closed: true }),
      keep: () => ({ stamp: '', kept: [] }),
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
      return rig.installation
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
      return { host: rig.host, runner, redactor: runner.redactor }
    },
  }
}

/** The manager opens the backend the same way, and comes back to it on its own after a restart. */
async function mountLikeTheManager({ host, policy }: VerbsRig, mount: WireMount): Promise<void> {
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

export function observed(mountId: string, change: Partial<ObservedMount> = {}): ObservedMount {
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

export function call(): TestCall {
  const logs: string[] = []
  const steps: TestStep[] = []
  return {
    signal: new AbortController().signal,
    disconnected: new AbortController().signal,
    receivedAt: performance.now(),
    deadlineAt: performance.now() + 5_000,
    knownLists: {},
    measuring: null,
    log: (message) => void logs.push(message),
    step: (step) => void steps.push(step as TestStep),
    logs,
    steps,
  }
}

export async function failure(work: Promise<unknown>): Promise<HoldfastError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof HoldfastError) return error
  throw new Error(`it should have been refused, got ${String(error)}`)
}

export const ENVELOPE = {
  operationId: testId('operation', '1'),
  resourceId: testId('mount', '1'),
  generation: 1,
  fence: 1,
  ttlMs: 1000,
}

export function wireMount(change: Partial<WireMount> = {}): WireMount {
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
