import { expect, it, vi } from 'vitest'
import { DELETE as deleteMountRoute } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as planRoute } from '@/app/api/v1/workload-plans/route'
import { GET as getRoute, DELETE as removeRoute } from '@/app/api/v1/workloads/[id]/route'
import { POST as createRoute, GET as listRoute } from '@/app/api/v1/workloads/route'
import type { ObservedWorkload } from '@/lib/agent-protocol/workloads'
import { HoldfastError } from '@/lib/errors'
import { OperationView } from '@/lib/operations/schema'
import { ContainerPlan, WorkloadRow, WorkloadView } from '@/lib/workloads/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeMount } from '@/testing/factories'
import type { FakeAgentOptions } from '@/testing/fake-agent'
import { testId } from '@/testing/ids'
import { SimulatedWorkloads } from '@/testing/simulated-workloads'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 40_000 })

const WAIT = { prefer: 'wait=20' }
const SECRET = 'canary-not-a-real-secret'

function told(name: string, over: Partial<ObservedWorkload> = {}): ObservedWorkload {
  const nativeId = Buffer.from(name).toString('hex').padStart(64, '0')
  return {
    ...{ workloadId: testId('workload', name), target: 'docker', nativeId, name, state: 'stopped', image: 'debian:13' },
    ...{ storage: [], storageCount: 0, problem: null, ...over },
  }
}

testDatabases('containers that are made and removed', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  async function openHost(shown: readonly ObservedWorkload[] = [], options: Partial<FakeAgentOptions> = {}) {
    const workloads = new SimulatedWorkloads()
    const agent = await fleet().addHost({ ...options, kinds: [workloads] })
    await fleet().controller.sweep.round()
    workloads.show(shown)
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    await waitFor('the workloads', async () => (await named(agent.hostId)).size === shown.length)
    const asked = { host_id: agent.hostId, name: 'web', image: 'nginx:1.29' }
    return { agent, mount, workloads, asked }
  }

  const named = async (hostId: string) => {
    const rows = (await api.call('viewer', listRoute, 'GET', { query: `host_id=${hostId}` })).data(WorkloadRow.array())
    return new Map(rows.map((row) => [row.name, row.id]))
  }
  const one = async (id: string) => (await api.call('viewer', getRoute, 'GET', { params: { id } })).data(WorkloadView)
  const plan = (body: object) => api.call('operator', planRoute, 'POST', { body })
  const create = (body: object, headers: Record<string, string> = WAIT) =>
    api.call('operator', createRoute, 'POST', { body, headers })
  const remove = (id: string, confirm: string) =>
    api.call('operator', removeRoute, 'DELETE', { params: { id }, query: `confirm=${confirm}`, headers: WAIT })
  const dropMount = (id: string) => api.call('operator', deleteMountRoute, 'DELETE', { params: { id }, headers: WAIT })

  it('are planned, made with their mounts, which are remembered, and removed, which forgets them', async () => {
    const { agent, mount, asked, workloads } = await openHost()
    const body = {
      ...{ ...asked, env: { PASSWORD: SECRET, MODE: 'fast' }, restart: 'unless-stopped' },
      ports: [{ host_port: 8080, container_port: 80 }],
      mounts: [{ mount_id: mount.id, sub_path: 'a/b', target: '/data', read_only: true }],
    }
    expect((await plan(body)).data(ContainerPlan)).toMatchObject({
      ...{ name: 'web', host: { id: agent.hostId }, mounts: [{ id: mount.id }], refusals: [] },
      specification: expect.stringContaining('PASSWORD=…'),
    })
    expect(JSON.stringify(agent.calls)).not.toContain(SECRET)

    const made = (await create(body)).data(OperationView)
    expect(made).toMatchObject({ status: 'succeeded', result: { is_running: true } })
    const sent = agent.calls.find(({ operation }) => operation === 'createContainer')?.request
    expect(sent).toMatchObject({
      env: { PASSWORD: SECRET, MODE: 'fast' },
      container: {
        ...{ name: 'web', image: 'nginx:1.29', restart: 'unless-stopped', starts: true, target: 'docker' },
        ports: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp', address: null }],
        mounts: [{ mountId: mount.id, subPath: 'a/b', inside: '/data', readOnly: true, createSubPath: false }],
      },
    })
    expect(JSON.stringify(sent)).not.toContain(mount.mountPoint)
    const id = await waitFor('the container', async () => (await named(agent.hostId)).get('web'))
    expect((await one(id)).attachments).toMatchObject([{ mount: { id: mount.id }, state: 'there', target: '/data' }])
    expect((await dropMount(mount.id)).problem()).toMatchObject({ code: 'in_use' })

    // Nowhere does a value stay.
    const [operations, entries, lines] = await Promise.all([
      database.prisma.operation.findMany(),
      database.prisma.auditEntry.findMany(),
      database.prisma.operationStep.findMany(),
    ])
    expect(JSON.stringify([operations, lines, made], bigints)).not.toContain(SECRET)
    const entry = entries.find(({ action }) => action === 'workload.container_created')
    expect(JSON.stringify(entry, bigints)).toContain('PASSWORD')
    expect(JSON.stringify(entries, bigints)).not.toContain(SECRET)

    expect((await remove(id, 'web')).problem()).toMatchObject({ code: 'conflict' })
    const volume = { kind: 'volume', source: null, name: 'a'.repeat(64), target: '/cache', readOnly: false }
    const storage = [{ ...volume, mountId: null, volumeId: null }]
    workloads.show(workloads.list().map((each) => ({ ...each, state: 'stopped', storage })))
    await waitFor('that it stands', async () => (await one(id)).state === 'stopped')
    expect((await remove(id, 'wbe')).problem()).toMatchObject({ fields: [{ field: 'confirm' }] })
    expect((await remove(id, 'web')).data(OperationView)).toMatchObject({
      status: 'succeeded',
      result: { kept_volumes: [{ name: 'a'.repeat(64), target: '/cache' }] },
    })
    await waitFor('that it is gone', async () => (await named(agent.hostId)).size === 0)
    expect(await database.prisma.attachment.count({ where: { mountId: mount.id } })).toBe(0)
    expect((await remove(id, 'web')).status).toBe(404)
  })

  it('hold their values sealed until the host has them, and their mounts from deletion', async () => {
    const answer = Promise.withResolvers<never>()
    const { agent, mount, asked } = await openHost([], { handlers: { createContainer: () => answer.promise } })
    const body = { ...asked, env: { KEY: SECRET }, mounts: [{ mount_id: mount.id, target: '/data' }] }
    const { id } = (await create(body, { prefer: 'respond-async' })).data(OperationView)
    await waitFor('the host is asked', async () => agent.calls.some(({ operation }) => operation === 'createContainer'))
    const row = () => database.prisma.operation.findUniqueOrThrow({ where: { id } })
    expect((await row()).payload).toMatchObject({ sealedEnv: { KEY: expect.stringMatching(/^eyJ/) } })
    expect(JSON.stringify(await row(), bigints)).not.toContain(SECRET)
    expect((await dropMount(mount.id)).problem()).toMatchObject({ code: 'operation_in_progress', operation: { id } })
    answer.reject(new HoldfastError('conflict', 'The image nginx:1.29 is not on this host.'))
    await waitFor('the end', async () => (await row()).status === 'failed')
    expect(JSON.stringify((await row()).payload)).not.toContain('eyJ')
    expect(await database.prisma.attachment.count({ where: { mountId: mount.id } })).toBe(0)
  })

  it('are refused with the field and the cure', async () => {
    const web = told('web')
    const { mount, asked } = await openHost([web, told('ct', { target: 'lxc', nativeId: 'ct' })])
    const elsewhere = await makeMount(database.prisma)
    const data = { mount_id: mount.id, target: '/data' }
    const port = { host_port: 80, container_port: 80 }
    const refused: [object, string][] = [
      [{ host_id: testId('host', 'none') }, 'host_id'],
      [{ name: '--privileged' }, 'name'],
      [{ image: '--help' }, 'image'],
      [{ image: 'a/../b' }, 'image'],
      [{ env: { 'A=B': 'x' } }, 'env.A=B'],
      [{ env: { A: 'x\0y' } }, 'env.A'],
      [{ ports: [{ ...port, host_port: 70_000 }] }, 'ports.0.host_port'],
      [{ ports: [port, port] }, 'ports.1.host_port'],
      [{ ports: [{ ...port, address: 'localhost' }] }, 'ports.0.address'],
      [{ restart: 'sometimes' }, 'restart'],
      [{ mounts: [{ ...data, mount_id: elsewhere.id }] }, 'mounts.0.mount_id'],
      [{ mounts: [data, { ...data, target: '/proc' }] }, 'mounts.1.target'],
      [{ mounts: [data, data] }, 'mounts.1.target'],
      [{ mounts: [{ ...data, sub_path: '../x' }] }, 'mounts.0.sub_path'],
    ]
    for (const [over, field] of refused)
      for (const ask of [plan, create])
        expect((await ask({ ...asked, ...over })).problem(), JSON.stringify(over)).toMatchObject({
          code: 'invalid_input',
          fields: [{ field }],
        })
    for (const over of [{ privileged: true }, { network: 'host' }, { mounts: [{ target: '/x', source: '/etc' }] }])
      expect((await create({ ...asked, ...over })).problem()).toMatchObject({ code: 'invalid_input' })
    expect((await plan(asked)).data(ContainerPlan).refusals).toMatchObject([{ field: 'name' }])
    expect((await create(asked)).problem()).toMatchObject({ code: 'conflict', operation: { status: 'failed' } })
    expect((await remove(testId('workload', 'ct'), 'ct')).problem()).toMatchObject({ code: 'conflict' })
  })

  it('need an agent that knows of them', async () => {
    const old = () =>
      Promise.reject(new HoldfastError('unsupported', 'The agent does not know this operation; upgrade it.'))
    const { asked } = await openHost([], { handlers: { createContainer: old, planContainer: old } })
    expect((await plan(asked)).problem()).toMatchObject({
      code: 'unsupported',
      detail: expect.stringContaining('upgrade'),
    })
    expect((await create(asked)).problem()).toMatchObject({ code: 'unsupported', operation: { status: 'failed' } })
  })
})

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
