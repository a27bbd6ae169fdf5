import { expect, it, vi } from 'vitest'
import { GET as offersRoute } from '@/app/api/v1/hosts/[id]/machine-offers/route'
import { POST as planRoute } from '@/app/api/v1/machine-plans/route'
import { POST as createRoute } from '@/app/api/v1/machines/route'
import { POST as makeVolumeRoute } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { DELETE as deleteVolume } from '@/app/api/v1/volumes/[id]/route'
import { GET as getRoute, DELETE as removeRoute } from '@/app/api/v1/workloads/[id]/route'
import { GET as listRoute } from '@/app/api/v1/workloads/route'
import { HoldfastError } from '@/lib/errors'
import { OperationView } from '@/lib/operations/schema'
import { PoolView } from '@/lib/pools/schema'
import { VolumeView } from '@/lib/volumes/schema'
import { MachineOffersView, MachinePlan, WorkloadRow, WorkloadView } from '@/lib/workloads/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgentOptions } from '@/testing/fake-agent'
import { SimulatedWorkloads } from '@/testing/simulated-workloads'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 40_000 })

const WAIT = { prefer: 'wait=20' }

testDatabases('machines that are made and removed', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  /** A host without machines, and a volume of its own. */
  async function openHost(options: Partial<FakeAgentOptions> = {}) {
    const workloads = new SimulatedWorkloads()
    const agent = await fleet().addHost({ ...options, kinds: [workloads] })
    await fleet().controller.sweep.round()
    const backend = await makeBackend(database.prisma)
    const body = { name: `pool-${backend.id.slice(-6)}`, backend_id: backend.id, host_ids: [agent.hostId] }
    const pool = (await api.call('operator', makePool, 'POST', { body, headers: WAIT })).data(PoolView)
    const given = { params: { id: pool.id }, body: { name: 'root', size: '1 MiB' }, headers: WAIT }
    const volume = (await api.call('operator', makeVolumeRoute, 'POST', given)).data(VolumeView)
    const asked = { host_id: agent.hostId, name: 'web', memory_mib: 512, disks: [{ volume_id: volume.id }] }
    return { agent, pool, volume, workloads, asked }
  }

  const machines = async (hostId: string) =>
    (await api.call('viewer', listRoute, 'GET', { query: `host_id=${hostId}` })).data(WorkloadRow.array())
  const one = async (id: string) => (await api.call('viewer', getRoute, 'GET', { params: { id } })).data(WorkloadView)
  const plan = (body: object) => api.call('operator', planRoute, 'POST', { body })
  const create = (body: object, headers: Record<string, string> = WAIT) =>
    api.call('operator', createRoute, 'POST', { body, headers })
  const remove = (id: string, confirm: string) =>
    api.call('operator', removeRoute, 'DELETE', { params: { id }, query: `confirm=${confirm}`, headers: WAIT })

  it('are planned by what their host offers, made of volumes, and removed without them', async () => {
    const { agent, volume, pool, workloads, asked } = await openHost()
    const offers = await api.call('operator', offersRoute, 'GET', { params: { id: agent.hostId } })
    expect(offers.data(MachineOffersView)).toMatchObject({ host: { id: agent.hostId }, firmwares: ['bios', 'uefi'] })
    const body = { ...asked, cpus: 2, firmware: 'uefi', network: { kind: 'bridge', name: 'br0' } }
    expect((await plan(body)).data(MachinePlan)).toMatchObject({
      name: 'web',
      volumes: [{ id: volume.id }],
      refusals: [],
    })
    const refused = (await plan({ ...body, network: { kind: 'bridge', name: 'eth0' } })).data(MachinePlan)
    expect(refused.refusals).toMatchObject([{ field: 'network' }])
    expect(agent.calls.filter(({ operation }) => operation === 'createMachine')).toEqual([])

    expect((await create(body)).data(OperationView)).toMatchObject({
      status: 'succeeded',
      result: { is_running: true },
    })
    // Where the volume lies is the agent's to know.
    const disk = { poolId: pool.id, volumeId: volume.id, accessMode: 'RWO', bus: 'virtio', cache: null }
    expect(agent.calls.find(({ operation }) => operation === 'createMachine')?.request).toMatchObject({
      machine: { name: 'web', cpus: 2, memoryMib: 512, firmware: 'uefi', disks: [disk], iso: null, starts: true },
    })
    const [row] = await waitFor('the machine', async () => {
      const rows = await machines(agent.hostId)
      return rows.length === 1 && rows
    })
    const id = row?.id ?? ''
    expect((await one(id)).storage).toMatchObject([{ volume: { id: volume.id }, target: 'vda' }])
    expect((await create({ ...asked, name: 'other' })).problem()).toMatchObject({ code: 'in_use' })

    expect((await remove(id, 'web')).problem()).toMatchObject({ code: 'conflict' })
    workloads.show(workloads.list().map((each) => ({ ...each, state: 'stopped' })))
    await waitFor('that it stands', async () => (await one(id)).state === 'stopped')
    expect((await remove(id, 'wbe')).problem()).toMatchObject({ fields: [{ field: 'confirm' }] })
    expect((await remove(id, 'web')).data(OperationView)).toMatchObject({
      ...{ status: 'succeeded', result: { kept_volumes: [volume.id] } },
    })
    await waitFor('that it is gone', async () => (await machines(agent.hostId)).length === 0)
    const actions = (await database.prisma.auditEntry.findMany()).map(({ action }) => action)
    expect(actions).toEqual(expect.arrayContaining(['workload.machine_created', 'workload.machine_removed']))
  })

  it('are refused by the field that is wrong', async () => {
    const { pool, volume, asked } = await openHost()
    const field = async (over: object) => (await plan({ ...asked, ...over })).problem().fields?.[0]?.field
    expect(await field({ name: '--help' })).toBe('name')
    expect(await field({ name: '12' })).toBe('name')
    expect(await field({ memory_mib: 1 })).toBe('memory_mib')
    expect(await field({ host_id: 'hst_none' })).toBe('host_id')
    expect(await field({ disks: [{ volume_id: 'vol_none' }] })).toBe('disks.0.volume_id')
    expect(await field({ disks: [{ volume_id: volume.id }, { volume_id: volume.id }] })).toBe('disks.1.volume_id')
    expect(await field({ iso: { pool_id: 'pol_none', template: 'a.iso' } })).toBe('iso.pool_id')
    expect(await field({ iso: { pool_id: pool.id, template: 'a.iso' } })).toBe('iso.template')
    expect(await field({ clipboard: true, screen: false })).toBe('clipboard')
    expect(await field({ emulator: '/bin/sh' })).toBe('emulator')
  })

  it('keep their volume from others while they are made, and what the host says is the answer', async () => {
    const answer = Promise.withResolvers<never>()
    const { agent, asked, volume } = await openHost({ handlers: { createMachine: () => answer.promise } })
    const { id } = (await create(asked, { prefer: 'respond-async' })).data(OperationView)
    await waitFor('the host is asked', async () => agent.calls.some(({ operation }) => operation === 'createMachine'))
    const other = (await plan({ ...asked, name: 'other' })).problem()
    expect(other).toMatchObject({ code: 'operation_in_progress', operation: { id } })
    const trash = await api.call('operator', deleteVolume, 'DELETE', { params: { id: volume.id }, headers: WAIT })
    expect(trash.problem()).toMatchObject({ code: 'operation_in_progress', operation: { id } })
    answer.reject(new HoldfastError('conflict', 'There is a machine called web on this host already.'))
    const row = () => database.prisma.operation.findUniqueOrThrow({ where: { id } })
    await waitFor('the end', async () => (await row()).status === 'failed')
    expect(await machines(agent.hostId)).toEqual([])
  })
})
