import { expect, it, vi } from 'vitest'
import { DELETE as deleteMountRoute } from '@/app/api/v1/storage/mounts/[id]/route'
import { GET as usesRoute } from '@/app/api/v1/uses/route'
import { GET as planRoute } from '@/app/api/v1/workloads/[id]/mount-plan/route'
import { GET as detachPlanRoute } from '@/app/api/v1/workloads/[id]/mounts/[attachmentId]/plan/route'
import { DELETE as detachRoute } from '@/app/api/v1/workloads/[id]/mounts/[attachmentId]/route'
import { POST as attachRoute } from '@/app/api/v1/workloads/[id]/mounts/route'
import { GET as getRoute } from '@/app/api/v1/workloads/[id]/route'
import { GET as listRoute } from '@/app/api/v1/workloads/route'
import type { ObservedWorkload } from '@/lib/agent-protocol/workloads'
import { HoldfastError } from '@/lib/errors'
import { OperationView } from '@/lib/operations/schema'
import { UsesView } from '@/lib/uses/schema'
import { MountPlan, WorkloadRow, WorkloadView } from '@/lib/workloads/schema'
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

let made = 0

function told(name: string, over: Partial<ObservedWorkload> = {}): ObservedWorkload {
  made += 1
  const nativeId = made.toString(16).padStart(64, '0')
  return {
    ...{ workloadId: testId('workload', `${name} ${made}`), target: 'docker', nativeId, name, state: 'running' },
    ...{ image: 'debian:13', storage: [], storageCount: 0, problem: null, ...over },
  }
}

testDatabases('mounts that workloads are given', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  async function openHost(shown: readonly ObservedWorkload[], options: Partial<FakeAgentOptions> = {}) {
    const workloads = new SimulatedWorkloads()
    const agent = await fleet().addHost({ ...options, kinds: [workloads] })
    await fleet().controller.sweep.round()
    workloads.show(shown)
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    await waitFor('the workloads', async () => (await named(agent.hostId)).size === shown.length)
    return { agent, mount, workloads }
  }

  const named = async (hostId: string) => {
    const rows = (await api.call('viewer', listRoute, 'GET', { query: `host_id=${hostId}` })).data(WorkloadRow.array())
    return new Map(rows.map((row) => [row.name, row.id]))
  }
  const one = async (id: string) => (await api.call('viewer', getRoute, 'GET', { params: { id } })).data(WorkloadView)
  /** Null where it goes by another id by now. */
  const given = async (hostId: string, name: string) => {
    const id = (await named(hostId)).get(name) ?? ''
    const answer = await api.call('viewer', getRoute, 'GET', { params: { id } })
    return answer.status === 200 ? answer.data(WorkloadView).attachments : null
  }
  const attach = (id: string, body: object, headers: Record<string, string> = WAIT) =>
    api.call('operator', attachRoute, 'POST', { params: { id }, body, headers })
  const detach = (id: string, attachmentId: string) =>
    api.call('operator', detachRoute, 'DELETE', { params: { id, attachmentId }, headers: WAIT })

  it('are planned, given, remembered over a new id, kept from deletion, and taken away', async () => {
    const web = told('web')
    const { agent, mount } = await openHost([web])
    const before = web.workloadId
    const plan = await api.call('operator', planRoute, 'GET', {
      params: { id: before },
      query: `mount_id=${mount.id}&sub_path=a/b&target=/data&read_only=true`,
    })
    expect(plan.data(MountPlan)).toMatchObject({
      ...{ effect: 'restart', read_only: true, sub_path: 'a/b', target: '/data', refusal: null },
      specification: expect.stringContaining('/a/b'),
    })
    expect(agent.calls.filter(({ operation }) => operation === 'attachMount')).toEqual([])

    const asked = { mount_id: mount.id, sub_path: 'a/b', target: '/data', read_only: true }
    expect((await attach(before, asked)).data(OperationView)).toMatchObject({
      ...{ status: 'succeeded', summary: `Attach ${mount.name} to web`, result: { is_live: true, is_kept: true } },
    })
    const sent = agent.calls.find(({ operation }) => operation === 'attachMount')?.request
    expect(JSON.stringify(sent)).not.toContain(mount.mountPoint)
    const id = await waitFor('the new one', async () => {
      const now = (await named(agent.hostId)).get('web')
      return now === before ? null : now
    })
    await waitFor('that it has it', async () => (await one(id)).attachments[0]?.state === 'there')
    const [attachment] = (await one(id)).attachments
    expect(attachment).toMatchObject({ mount: { id: mount.id }, made_anew: false, read_only: true, target: '/data' })

    expect((await attach(id, asked)).problem()).toMatchObject({ code: 'invalid_input', fields: [{ field: 'target' }] })
    await database.prisma.workload.update({ where: { id }, data: { state: 'stopped' } })
    const drop = () => api.call('operator', deleteMountRoute, 'DELETE', { params: { id: mount.id }, headers: WAIT })
    expect((await drop()).problem()).toMatchObject({ code: 'in_use', used_by: [{ id }] })
    const uses = (await api.call('viewer', usesRoute, 'GET', { query: `of=${mount.id}` })).data(UsesView)
    expect(uses.edges.filter(({ user }) => user === id)).toEqual([{ user: id, used: mount.id }])

    const place = { id, attachmentId: attachment?.id ?? '' }
    const away = await api.call('operator', detachPlanRoute, 'GET', { params: place })
    expect(away.data(MountPlan)).toMatchObject({ target: '/data', sub_path: 'a/b' })
    expect((await detach(id, attachment?.id ?? '')).data(OperationView)).toMatchObject({ status: 'succeeded' })
    expect(await database.prisma.attachment.count({ where: { mountId: mount.id } })).toBe(0)
    const entries = await database.prisma.auditEntry.findMany({ where: { action: { startsWith: 'workload.mount' } } })
    expect(entries.map(({ action }) => action).sort()).toEqual(['workload.mount_attached', 'workload.mount_detached'])
  })

  it('are told as gone where the workload has them no more, also of one that was made anew outside', async () => {
    const db = told('db')
    const { agent, mount, workloads } = await openHost([db])
    await attach(db.workloadId, { mount_id: mount.id, target: '/data' })
    await waitFor('that it has it', async () => (await given(agent.hostId, 'db'))?.[0]?.state === 'there')
    const anew = told('db')
    workloads.show([anew])
    await waitFor('the other one', async () => (await named(agent.hostId)).get('db') === anew.workloadId)
    expect((await one(anew.workloadId)).attachments).toMatchObject([{ state: 'gone', made_anew: true }])
    const drop = await api.call('operator', deleteMountRoute, 'DELETE', { params: { id: mount.id }, headers: WAIT })
    expect(drop.problem()).toMatchObject({ code: 'in_use' })
    await attach(anew.workloadId, { mount_id: mount.id, target: '/data' })
    await waitFor('that it is given again', async () => {
      const attachments = (await given(agent.hostId, 'db')) ?? []
      return attachments.length === 1 && attachments[0]?.state === 'there' && !attachments[0].made_anew
    })
    workloads.show([])
    await waitFor('that it is gone', async () => (await named(agent.hostId)).size === 0)
    const again = await api.call('operator', deleteMountRoute, 'DELETE', { params: { id: mount.id }, headers: WAIT })
    expect(again.status).toBeLessThan(300)
  })

  it('are refused with the field and the cure', async () => {
    const [web, vm] = [told('web'), told('vm', { target: 'incus' })]
    const { mount } = await openHost([web, vm])
    const id = web.workloadId
    const elsewhere = await makeMount(database.prisma)
    const refused: [object, string][] = [
      [{ mount_id: testId('mount', 'none'), target: '/data' }, 'mount_id'],
      [{ mount_id: elsewhere.id, target: '/data' }, 'mount_id'],
      [{ mount_id: mount.id, target: 'data' }, 'target'],
      [{ mount_id: mount.id, target: '/proc/x' }, 'target'],
      [{ mount_id: mount.id, target: '/a/../b' }, 'target'],
      [{ mount_id: mount.id, target: '/data', sub_path: '../x' }, 'sub_path'],
      [{ mount_id: mount.id, target: '/data', sub_path: '/x' }, 'sub_path'],
    ]
    for (const [body, field] of refused)
      expect((await attach(id, body)).problem(), JSON.stringify(body)).toMatchObject({
        code: 'invalid_input',
        fields: [{ field }],
      })
    const other = { mount_id: mount.id, target: '/data' }
    expect((await attach(vm.workloadId, other)).problem()).toMatchObject({ code: 'conflict' })
    expect((await attach(testId('workload', 'none'), other)).status).toBe(404)
    expect((await detach(id, testId('attachment', 'none'))).status).toBe(404)
    await database.prisma.mount.update({ where: { id: mount.id }, data: { readOnly: true } })
    expect((await attach(id, other)).problem()).toMatchObject({ fields: [{ field: 'read_only' }] })
    await database.prisma.mountOnHost.updateMany({ where: { mountId: mount.id }, data: { desiredState: 'unmounted' } })
    expect((await attach(id, other)).problem()).toMatchObject({ fields: [{ field: 'mount_id' }] })
  })

  it('are one change at a time of a workload, and what the host says is the answer', async () => {
    const answer = Promise.withResolvers<never>()
    const web = told('web')
    const { agent, mount } = await openHost([web], { handlers: { attachMount: () => answer.promise } })
    const id = web.workloadId
    const body = { mount_id: mount.id, target: '/data' }
    const asked = (await attach(id, body, { prefer: 'respond-async' })).data(OperationView)
    const busy = { code: 'operation_in_progress', operation: { id: asked.id } }
    expect((await attach(id, { ...body, target: '/other' })).problem()).toMatchObject(busy)
    const drop = await api.call('operator', deleteMountRoute, 'DELETE', { params: { id: mount.id }, headers: WAIT })
    expect(drop.problem()).toMatchObject(busy)
    await waitFor('the host is asked', async () => agent.calls.some(({ operation }) => operation === 'attachMount'))
    answer.reject(new HoldfastError('conflict', 'Files were changed in the container.'))
    await waitFor('the end', async () => {
      const row = await database.prisma.operation.findUniqueOrThrow({ where: { id: asked.id } })
      return row.status === 'failed'
    })
    expect(await database.prisma.attachment.count({ where: { mountId: mount.id } })).toBe(0)
  })
})
