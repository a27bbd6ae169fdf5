import { describe, expect, test } from 'vitest'
import type { WirePool } from '@/lib/agent-protocol/pools'
import { VERBS, type VerbName } from '@/lib/agent-protocol/verbs'
import { BACKEND, lines, REQUEST, setUpAgentOnTheWire, TEST } from '@/testing/agent/agent-on-the-wire'
import { testId } from '@/testing/ids'

const wire = setUpAgentOnTheWire()

const MOUNT = {
  backend: BACKEND,
  mountPoint: '/mnt/checked',
  readOnly: false,
  autoMount: true,
  desiredState: 'mounted' as const,
}

describe('scripted faults', () => {
  test.each([
    [{ kind: 'refuse', code: 'busy' }, 409],
    [{ kind: 'slow', delayMs: 20 }, 200],
    [{ kind: 'cut' }, 'ECONNRESET'],
    [{ kind: 'garbage' }, 200],
  ] as const)('%j', async (fault, outcome) => {
    wire.agent.setFault(fault, 'info')
    const answer = await wire.send('GET', '/v1/info').then(
      ({ status }) => status,
      (error: NodeJS.ErrnoException) => error.code,
    )
    expect(answer).toBe(outcome)
    wire.agent.setFault(null, 'info')
    expect((await wire.send('GET', '/v1/info')).status).toBe(200)
  })

  test('hang and half a stream', async () => {
    wire.agent.setFault({ kind: 'hang' }, 'info')
    await expect(wire.send('GET', '/v1/info', undefined, { signal: AbortSignal.timeout(200) })).rejects.toThrow()
    wire.agent.setFault({ kind: 'cutStream' }, 'testBackend')
    await expect(wire.send('POST', TEST, REQUEST)).rejects.toThrow()
  })
})

test('the fake answers every operation with what the protocol says', async () => {
  const command = { operationId: testId('operation', '2'), generation: 1, fence: 1, ttlMs: 1000 }
  const pool: WirePool = {
    poolId: testId('pool', '1'),
    backend: BACKEND,
    engine: 'image-files',
    settings: {},
    mountId: testId('mount', 'checked'),
    isNew: true,
    isKeeper: true,
  }
  const open = { ...pool, poolId: testId('pool', 'open') }
  const volumeId = testId('volume', '1')
  const machine = '00000000-0000-4000-8000-000000000001'
  wire.workloads.show([
    {
      ...{ workloadId: testId('workload', '1'), target: 'libvirt', nativeId: machine, name: 'erp', state: 'running' },
      ...{ image: null, storage: [], storageCount: 0, problem: null },
    },
  ])
  const onMachine = (name: string) => ({
    ...{ ...command, operationId: testId('operation', name), resourceId: testId('workload', '1'), generation: 0 },
  })
  const upload = { poolId: open.poolId, uploadId: testId('upload', '1') }
  const workload = { target: 'libvirt', nativeId: machine }
  const container = {
    ...{ target: 'docker', name: 'web', image: 'nginx', ports: [], restart: 'no' as const, mounts: [], starts: true },
  }
  const mount = {
    ...{
      attachmentId: testId('attachment', 'one'),
      mountId: testId('mount', 'checked'),
      subPath: 'a',
      inside: '/data',
    },
    ...{ readOnly: true, createSubPath: false },
  }
  const newMachine = {
    ...{ name: 'db', cpus: 2, memoryMib: 512, firmware: 'bios' as const, disks: [], iso: null, network: null },
    ...{ screen: true, serial: true, clipboard: false, guestAgent: true, starts: true },
  }
  const bodies: Partial<Record<VerbName, unknown>> = {
    openPool: { ...command, operationId: testId('operation', 'open'), resourceId: pool.poolId, pool },
    closePool: { ...command, operationId: testId('operation', 'close'), resourceId: pool.poolId, pool, forGood: true },
    keepPools: { fence: 1, loans: [{ poolId: open.poolId, stamp: 'x.1' }] },
    workOnVolume: {
      ...{ ...command, operationId: testId('operation', 'work'), resourceId: volumeId, poolId: open.poolId, volumeId },
      work: { do: 'create', sizeBytes: 1_048_576, format: 'qcow2', provisioning: 'thin', content: null },
    },
    testBackend: JSON.parse(REQUEST),
    discover: { operationId: testId('operation', '1'), discovery: 'exports', backend: BACKEND },
    usage: { operationId: testId('operation', '1'), backend: BACKEND, mountId: null },
    inspectMount: { mountId: testId('mount', '1') },
    connectBackend: { ...command, resourceId: testId('backend', '1'), backend: BACKEND },
    disconnectBackend: { ...command, resourceId: testId('backend', '1'), backend: BACKEND },
    installTools: {
      operationId: testId('operation', '1'),
      resourceId: testId('host', '1'),
      generation: 0,
      fence: 1,
      ttlMs: 1000,
      commands: ['rclone'],
    },
    checkMount: {
      ...command,
      operationId: testId('operation', 'check'),
      resourceId: testId('mount', 'checked'),
      mountId: testId('mount', 'checked'),
      sizeBytes: 1_048_576,
    },
    attachDisk: {
      ...{ ...onMachine('attach'), machine },
      disk: { poolId: open.poolId, volumeId, accessMode: 'RWO', bus: 'virtio', cache: null, target: null },
    },
    readClipboard: { machine },
    addClipboard: { ...onMachine('clipboard'), machine },
    detachDisk: { ...onMachine('detach'), machine, volumeId },
    readSerialLog: { machine },
    powerMachine: { ...onMachine('power'), machine, action: 'reset' },
    powerContainer: { ...onMachine('container'), target: 'docker', nativeId: machine, action: 'shutdown' },
    planContainer: { container, env: ['KEY'] },
    createContainer: { ...onMachine('create-container'), container, env: { KEY: 'x' } },
    removeContainer: { ...onMachine('remove-container'), workload: { target: 'docker', nativeId: 'none' } },
    planMachine: { machine: newMachine },
    createMachine: { ...onMachine('create-machine'), machine: newMachine },
    removeMachine: { ...onMachine('remove-machine'), machine },
    planMount: { workload, change: 'attach', mount },
    attachMount: { ...onMachine('attach-mount'), workload, mount, accepted: [] },
    detachMount: { ...onMachine('detach-mount'), workload, mount, accepted: [] },
    listFiles: { poolId: open.poolId, path: '', from: null, limit: 10 },
    beginUpload: { ...upload, path: 'debian.iso', bytes: 0 },
    lookAtUpload: upload,
    finishUpload: { ...upload, sha256: null },
    dropUpload: upload,
    cancelJob: { operationId: testId('operation', 'check'), fence: 1 },
    jobLog: { operationId: testId('operation', 'check'), after: 0 },
    updateAgent: {
      ...{ ...command, resourceId: testId('host', '1'), generation: 0 },
      ...{ file: 'holdfast-agent-linux-x64.tar.gz', sha256: 'a'.repeat(64), version: '9.9.9' },
    },
    removeMount: {
      operationId: testId('operation', '1'),
      resourceId: testId('mount', 'one'),
      generation: 1,
      fence: 1,
      ttlMs: 1000,
      mountId: testId('mount', 'one'),
      abandon: false,
    },
  }
  await wire.agent.simulated.carryOut({ ...MOUNT, mountId: testId('mount', 'checked') }, 1, () => undefined)
  wire.agent.simulatedPools.open(open, 1, true)
  for (const [name, operation] of Object.entries(VERBS)) {
    if (name === 'events' || name === 'applyMount' || name === 'installCertificate') continue
    const body = bodies[name as VerbName]
    const answer = await wire.send(
      operation.method,
      operation.path,
      body === undefined ? undefined : JSON.stringify(body),
    )
    const last =
      operation.mode === 'stream' ? lines(answer).at(-1) : { type: 'result', result: JSON.parse(answer.text) }
    expect(last?.type === 'result' && operation.response.safeParse(last.result).error, name).toBeUndefined()
  }
})
