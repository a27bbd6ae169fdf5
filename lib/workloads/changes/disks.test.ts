import { expect, it, vi } from 'vitest'
import { GET as operationRoute } from '@/app/api/v1/operations/[id]/route'
import { POST as makeVolumeRoute } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { DELETE as deleteVolumeRoute } from '@/app/api/v1/volumes/[id]/route'
import { GET as planRoute } from '@/app/api/v1/workloads/[id]/disk-plan/route'
import { DELETE as detachRoute } from '@/app/api/v1/workloads/[id]/disks/[volumeId]/route'
import { POST as attachRoute } from '@/app/api/v1/workloads/[id]/disks/route'
import { GET as getRoute } from '@/app/api/v1/workloads/[id]/route'
import type { ChangedDisk } from '@/lib/agent-protocol/machine-disks'
import type { ObservedWorkload } from '@/lib/agent-protocol/workloads'
import { HoldfastError } from '@/lib/errors'
import { OperationView } from '@/lib/operations/schema'
import { PoolView } from '@/lib/pools/schema'
import { VolumeView } from '@/lib/volumes/schema'
import { DiskPlan, WorkloadView } from '@/lib/workloads/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgentOptions } from '@/testing/fake-agent'
import { testId } from '@/testing/ids'
import { SimulatedWorkloads } from '@/testing/simulated-workloads'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 40_000 })

const WAIT = { prefer: 'wait=20' }
let uuids = 0

function told(name: string, over: Partial<ObservedWorkload> = {}): ObservedWorkload {
  uuids += 1
  const nativeId = `00000000-0000-4000-8000-${String(uuids).padStart(12, '0')}`
  const root = {
    kind: 'disk',
    source: '/x.img',
    name: null,
    target: 'vda',
    readOnly: false,
    mountId: null,
    volumeId: null,
  }
  return {
    ...{ workloadId: testId('workload', `${name} ${uuids}`), target: 'libvirt', nativeId, name, state: 'running' },
    ...{ image: null, storage: [root], storageCount: 1, problem: null, ...over },
  }
}

testDatabases('volumes that machines are given', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  /** A host with these machines, and a volume of its own. */
  async function openHost(machines: readonly ObservedWorkload[], options: Partial<FakeAgentOptions> = {}) {
    const workloads = new SimulatedWorkloads()
    const agent = await fleet().addHost({ ...options, kinds: [workloads] })
    await fleet().controller.sweep.round()
    workloads.show(machines)
    const backend = await makeBackend(database.prisma)
    const body = { name: `pool-${backend.id.slice(-6)}`, backend_id: backend.id, host_ids: [agent.hostId] }
    const pool = (await api.call('operator', makePool, 'POST', { body, headers: WAIT })).data(PoolView)
    const given = { params: { id: pool.id }, body: { name: 'data', size: '1 MiB' }, headers: WAIT }
    const volume = (await api.call('operator', makeVolumeRoute, 'POST', given)).data(VolumeView)
    const last = machines.at(-1)?.workloadId ?? ''
    await waitFor('the machines', async () => (await one(last)).status === 200)
    return { agent, volume }
  }

  const one = (id: string) => api.call('viewer', getRoute, 'GET', { params: { id } })
  const attach = (id: string, volume_id: string, over: object = {}, headers: Record<string, string> = WAIT) =>
    api.call('operator', attachRoute, 'POST', { params: { id }, body: { volume_id, ...over }, headers })
  const detach = (id: string, volumeId: string) =>
    api.call('operator', detachRoute, 'DELETE', { params: { id, volumeId }, headers: WAIT })

  it('are planned word for word, given, kept from others and from the trash, and taken away', async () => {
    const [erp, old] = [told('erp'), told('old', { state: 'stopped' })]
    const web = told('web', { target: 'docker', storage: [], storageCount: 0 })
    const { agent, volume } = await openHost([erp, old, web])
    const ask = (id: string, query = '') =>
      api.call('operator', planRoute, 'GET', { params: { id }, query: `volume_id=${volume.id}${query}` })
    const plan = (await ask(erp.workloadId)).data(DiskPlan)
    expect(plan).toMatchObject({ target: 'vdb', bus: 'virtio', is_running: true, machine: { name: 'erp' } })
    expect(plan.command).toBe(`virsh attach-device --domain ${erp.nativeId} --file disk.xml --live --config`)
    expect(plan.disk_xml).toContain(`/${volume.id}/disk.qcow2`)
    expect((await ask(old.workloadId, '&bus=scsi')).data(DiskPlan)).toMatchObject({ target: 'sda', is_running: false })
    expect((await ask(erp.workloadId, '&target=vda')).problem()).toMatchObject({ code: 'conflict' })
    expect((await ask(web.workloadId)).problem()).toMatchObject({ code: 'conflict' })
    expect(agent.calls.filter(({ operation }) => operation === 'attachDisk')).toEqual([])

    const done = (await attach(erp.workloadId, volume.id)).data(OperationView)
    expect(done).toMatchObject({ status: 'succeeded', summary: 'Attach data to erp', result: { target: 'vdb' } })
    // Where it lies is the agent's to know.
    const disk = {
      poolId: volume.pool_id,
      volumeId: volume.id,
      accessMode: 'RWO',
      bus: 'virtio',
      cache: null,
      target: null,
    }
    const sent = agent.calls.find(({ operation }) => operation === 'attachDisk')?.request
    expect(sent).toMatchObject({ machine: erp.nativeId, resourceId: erp.workloadId, disk })
    const has = async () =>
      (await one(erp.workloadId)).data(WorkloadView).storage.some((each) => each.volume?.id === volume.id)
    await waitFor('the disk', has)

    expect((await attach(erp.workloadId, volume.id)).problem()).toMatchObject({ code: 'conflict' })
    const usedBy = { code: 'in_use', used_by: [{ kind: 'workload', id: erp.workloadId, name: 'erp' }] }
    expect((await attach(old.workloadId, volume.id)).problem()).toMatchObject(usedBy)
    const drop = () => api.call('operator', deleteVolumeRoute, 'DELETE', { params: { id: volume.id }, headers: WAIT })
    expect((await drop()).problem()).toMatchObject(usedBy)
    expect((await detach(old.workloadId, volume.id)).status).toBe(404)

    expect((await detach(erp.workloadId, volume.id)).data(OperationView)).toMatchObject({ result: { target: 'vdb' } })
    await waitFor('no disk', async () => !(await has()))
    const entries = await database.prisma.auditEntry.findMany({
      where: { targetId: erp.workloadId },
      orderBy: { sequence: 'asc' },
    })
    expect(entries.map(({ action }) => action)).toEqual(['workload.disk_attached', 'workload.disk_detached'])
    expect((await drop()).status).toBe(200)
  })

  it('are nobody else’s while one is on its way, and what the host says of it is the answer', async () => {
    const [one, other] = [told('one'), told('other')]
    const answer = Promise.withResolvers<ChangedDisk>()
    const { agent, volume } = await openHost([one, other], { handlers: { attachDisk: () => answer.promise } })
    const asked = (await attach(one.workloadId, volume.id, {}, { prefer: 'respond-async' })).data(OperationView)
    const busy = { code: 'operation_in_progress', operation: { id: asked.id } }
    expect((await attach(other.workloadId, volume.id)).problem()).toMatchObject(busy)
    await waitFor('the host is asked', async () => agent.calls.some(({ operation }) => operation === 'attachDisk'))
    answer.reject(new HoldfastError('in_use', 'Another program has the volume open: stop that first.'))
    const ended = await api.call('viewer', operationRoute, 'GET', { params: { id: asked.id }, headers: WAIT })
    const error = { code: 'in_use', message: expect.stringContaining('Another program') }
    expect(ended.data(OperationView)).toMatchObject({ status: 'failed', error })
  })
})
