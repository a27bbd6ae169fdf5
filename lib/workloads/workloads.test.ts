import { expect, it } from 'vitest'
import { z } from 'zod'
import { GET as getRoute } from '@/app/api/v1/workloads/[id]/route'
import { GET as listRoute } from '@/app/api/v1/workloads/route'
import type { ObservedWorkload, WorkloadStorage } from '@/lib/agent-protocol/workloads'
import { WorkloadRow, WorkloadView } from '@/lib/workloads/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeMount } from '@/testing/factories'
import { testId } from '@/testing/ids'
import { SimulatedWorkloads } from '@/testing/simulated-workloads'
import { waitFor } from '@/testing/wait'

function bind(source: string, mountId: string | null = null): WorkloadStorage {
  return { kind: 'bind', source, name: null, target: '/data', readOnly: false, mountId, volumeId: null }
}

function told(name: string, over: Partial<ObservedWorkload> = {}): ObservedWorkload {
  return {
    workloadId: testId('workload', name),
    target: 'docker',
    nativeId: `native-${name}`,
    name,
    state: 'running',
    image: 'debian:13',
    storage: [],
    storageCount: 0,
    problem: null,
    ...over,
  }
}

testDatabases('containers and machines that hosts tell of', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  const list = async (query = '') => (await api.call('viewer', listRoute, 'GET', { query })).data(z.array(WorkloadRow))
  const names = async (query = '') => (await list(query)).map(({ name }) => name)
  const addHost = async (workloads: SimulatedWorkloads) => {
    const agent = await fleet().addHost({ kinds: [workloads] })
    await fleet().controller.sweep.round()
    return agent
  }
  const one = async (id: string) => (await api.call('viewer', getRoute, 'GET', { params: { id } })).data(WorkloadView)

  it('are listed with what they use, follow the host, and are forgotten when they are gone there', async () => {
    const workloads = new SimulatedWorkloads()
    const agent = await addHost(workloads)
    const mount = await makeMount(database.prisma)
    const web = told('web', { storage: [bind('/mnt/x/web', mount.id), bind('/srv/web')], storageCount: 2 })
    workloads.show([web, told('Db', { state: 'stopped', target: 'lxc' }), told('a_c', { target: 'incus' })])
    await waitFor('three of them', async () => (await list()).length === 3)

    expect(await names()).toEqual(['a_c', 'Db', 'web'])
    expect(await list(`uses=${mount.id}`)).toMatchObject([
      { name: 'web', kind: 'container', state: 'running', uses: [{ kind: 'mount', id: mount.id, name: mount.name }] },
    ])
    expect(await names('search=WEB')).toEqual(['web'])
    expect(await names('search=a_')).toEqual(['a_c'])
    expect(await names('state=stopped,paused')).toEqual(['Db'])
    expect(await names('target=incus')).toEqual(['a_c'])
    expect(await names(`host_id=${agent.hostId}&limit=2`)).toEqual(['a_c', 'Db'])
    expect(await names('limit=2&cursor=2')).toEqual(['web'])
    expect((await api.call('viewer', listRoute, 'GET', { query: 'cursor=x' })).status).toBe(400)
    expect(await one(web.workloadId)).toMatchObject({
      native_id: 'native-web',
      storage: [
        { source: '/mnt/x/web', mount: { id: mount.id }, volume: null, read_only: false },
        { source: '/srv/web', mount: null },
      ],
    })
    expect((await api.call('viewer', getRoute, 'GET', { params: { id: 'wkl_x' } })).status).toBe(404)

    workloads.show([{ ...web, state: 'paused', storage: [bind('/srv/web')], storageCount: 1 }])
    await waitFor('the news', async () => (await list()).length === 1)
    expect(await list()).toMatchObject([{ name: 'web', state: 'paused', uses: [] }])
    expect(await list(`uses=${mount.id}`)).toEqual([])

    await database.prisma.host.update({ where: { id: agent.hostId }, data: { observedStatus: 'offline' } })
    expect(await one(web.workloadId)).toMatchObject({
      state: 'unknown',
      told_state: 'paused',
      problem: 'Its host does not answer.',
    })
    workloads.show([])
    await waitFor('that it is gone', async () => (await list()).length === 0)
    expect(await database.prisma.workloadUse.count()).toBe(0)
  })

  it('say why their host did not let them start, until they run', async () => {
    const workloads = new SimulatedWorkloads()
    await addHost(workloads)
    const machine = told('vm', { target: 'libvirt', state: 'stopped', held: '/mnt/x is not mounted.' })
    workloads.show([machine])
    await waitFor('it', async () => (await list()).length === 1)
    expect(await one(machine.workloadId)).toMatchObject({ state: 'stopped', held: '/mnt/x is not mounted.' })
    const { held: _, ...free } = machine
    workloads.show([{ ...free, state: 'running' }])
    await waitFor('its start', async () => (await one(machine.workloadId)).state === 'running')
    expect((await one(machine.workloadId)).held).toBeNull()
    workloads.show([])
    await waitFor('that it is gone', async () => (await list()).length === 0)
  })

  it('are of the host that has told of them first, whatever another one says', async () => {
    const [first, other] = [new SimulatedWorkloads(), new SimulatedWorkloads()]
    const owner = await addHost(first)
    const liar = await addHost(other)
    const mine = told('mine')
    first.show([mine])
    await waitFor('the first', async () => (await list()).length === 1)
    other.show([{ ...mine, name: 'stolen' }, told('own')])
    await waitFor('the other', async () => (await names(`host_id=${liar.hostId}`)).length === 1)
    expect(await list(`host_id=${owner.hostId}`)).toMatchObject([{ name: 'mine' }])
    other.show([])
    await waitFor('that it is gone', async () => (await names(`host_id=${liar.hostId}`)).length === 0)
    expect(await names()).toEqual(['mine'])
  })

  it('stay as they are when a controller starts on what is stored', async () => {
    const workloads = new SimulatedWorkloads()
    const agent = await addHost(workloads)
    const kept = told('kept', { storage: [bind('/srv/kept')], storageCount: 1, state: 'stopped', held: 'It is away.' })
    workloads.show([kept])
    await waitFor('it', async () => (await names(`host_id=${agent.hostId}`)).length === 1)
    const before = await one(kept.workloadId)
    const { observations, client, sweep } = fleet().controller
    await observations.load()
    client.forgetStatus(agent.hostId)
    await sweep.round()
    await observations.flush()
    expect(await one(kept.workloadId)).toEqual(before)
  })
})
