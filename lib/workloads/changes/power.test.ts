import { expect, it } from 'vitest'
import { POST as powerRoute } from '@/app/api/v1/workloads/[id]/power/route'
import { GET as getRoute } from '@/app/api/v1/workloads/[id]/route'
import type { ObservedWorkload } from '@/lib/agent-protocol/workloads'
import { OperationView } from '@/lib/operations/schema'
import { WorkloadView } from '@/lib/workloads/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { testId } from '@/testing/ids'
import { SimulatedWorkloads } from '@/testing/simulated-workloads'
import { waitFor } from '@/testing/wait'

const UUID = '00000000-0000-4000-8000-00000000000a'
const MACHINE: ObservedWorkload = {
  ...{ workloadId: testId('workload', 'erp'), target: 'libvirt', nativeId: UUID, name: 'erp', state: 'stopped' },
  ...{ image: null, storage: [], storageCount: 0, problem: null },
}
const CONTAINER = { ...MACHINE, workloadId: testId('workload', 'web'), target: 'docker', nativeId: 'abc', name: 'web' }
const LXC = { ...MACHINE, workloadId: testId('workload', 'old'), target: 'lxc', nativeId: 'old', name: 'old' }
const LATER = { ...MACHINE, workloadId: testId('workload', 'new'), target: 'incus', nativeId: 'new', name: 'new' }

testDatabases('machines that are started and stopped', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  it('are what their host makes of it, in the audit by what was done, and containers too', async () => {
    const workloads = new SimulatedWorkloads()
    const agent = await fleet().addHost({ kinds: [workloads] })
    await fleet().controller.sweep.round()
    workloads.show([MACHINE, CONTAINER, LXC, LATER])
    const id = MACHINE.workloadId
    const state = async () => {
      const answer = await api.call('viewer', getRoute, 'GET', { params: { id } })
      return answer.status === 200 ? answer.data(WorkloadView).state : null
    }
    await waitFor('the machine', async () => (await state()) === 'stopped')
    const power = (action: string, of = id) =>
      api.call('operator', powerRoute, 'POST', { params: { id: of }, body: { action }, headers: { prefer: 'wait=20' } })

    expect((await power('reset')).problem()).toMatchObject({
      code: 'conflict',
      detail: expect.stringContaining('start'),
    })
    const started = (await power('start')).data(OperationView)
    expect(started).toMatchObject({
      summary: 'Start erp',
      result: { state: 'running' },
      target: { id, kind: 'workload' },
    })
    await waitFor('a running machine', async () => (await state()) === 'running')
    expect(agent.calls.findLast(({ operation }) => operation === 'powerMachine')?.request).toMatchObject({
      machine: UUID,
      action: 'start',
    })
    expect((await power('shutdown')).status).toBe(200)
    await waitFor('a stopped machine', async () => (await state()) === 'stopped')
    const container = (await power('start', CONTAINER.workloadId)).data(OperationView)
    expect(container).toMatchObject({ title: 'Start container', result: { state: 'running' } })
    expect(agent.calls.findLast(({ operation }) => operation === 'powerContainer')?.request).toMatchObject({
      ...{ target: 'docker', nativeId: 'abc', action: 'start' },
    })
    expect((await power('start', LXC.workloadId)).data(OperationView)).toMatchObject({ result: { state: 'running' } })
    expect((await power('start', LATER.workloadId)).problem()).toMatchObject({ code: 'conflict' })
    expect((await power('explode')).status).toBe(400)
    const entries = await database.prisma.auditEntry.findMany({ where: { targetId: id }, orderBy: { sequence: 'asc' } })
    expect(entries.map(({ action }) => action.replace('workload.', ''))).toEqual([
      ...['machine_reset', 'machine_started', 'machine_shut_down'],
    ])
  })
})
