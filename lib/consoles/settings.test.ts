import { expect, it } from 'vitest'
import { POST as addRoute, GET as readRoute } from '@/app/api/v1/workloads/[id]/clipboard/route'
import { PATCH as changeRoute, GET as getRoute } from '@/app/api/v1/workloads/[id]/console-settings/route'
import { clipboardRights } from '@/lib/consoles/clipboard-rights'
import { ClipboardView, ConsoleSettings } from '@/lib/consoles/schema'
import { OperationView } from '@/lib/operations/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { testId } from '@/testing/ids'
import { SimulatedWorkloads } from '@/testing/simulated-workloads'
import { waitFor } from '@/testing/wait'

const MACHINE = '1d0c2a52-0f6e-4b51-9d3e-6f0b1a2c3d4e'
const WORKLOAD = { name: 'web', state: 'running' as const, image: null, storage: [], storageCount: 0, problem: null }

testDatabases('what may be done with the clipboard of a machine', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  it('is what roles allow, until an administrator takes a direction away', async () => {
    const workloads = new SimulatedWorkloads()
    const { hostId } = await fleet().addHost({ kinds: [workloads] })
    await fleet().controller.sweep.round()
    const id = testId('workload', 'web')
    workloads.show([{ ...WORKLOAD, workloadId: id, target: 'libvirt', nativeId: MACHINE }])
    await waitFor('the machine', async () => (await database.prisma.workload.count({ where: { id } })) === 1)
    const read = async () => (await api.call('operator', getRoute, 'GET', { params: { id } })).data(ConsoleSettings)
    const change = (body: object) => api.call('admin', changeRoute, 'PATCH', { params: { id }, body })
    const rights = (kind: string, isViewOnly = false, machine = MACHINE) =>
      clipboardRights({ permissions: new Set(['consoles.copy']) }, { hostId, machine, kind, isViewOnly })

    expect(await read()).toEqual({ clipboard_to_person: true, clipboard_to_machine: true })
    expect(await rights('screen')).toEqual({ copies: true, pastes: true })
    expect(await rights('screen', true)).toEqual({ copies: true, pastes: false })
    expect(await rights('serial')).toEqual({ copies: false, pastes: false })

    expect((await change({ clipboard_to_person: false })).data(ConsoleSettings)).toEqual({
      clipboard_to_person: false,
      clipboard_to_machine: true,
    })
    expect(await rights('screen')).toEqual({ copies: false, pastes: true })
    expect((await change({ clipboard_to_machine: false })).status).toBe(200)
    // One that was left out stays.
    expect(await read()).toEqual({ clipboard_to_person: false, clipboard_to_machine: false })
    expect(await rights('screen')).toEqual({ copies: false, pastes: false })
    const another = '2e0c2a52-0f6e-4b51-9d3e-6f0b1a2c3d4e'
    expect(await rights('screen', false, another)).toEqual({ copies: true, pastes: true })
    const entries = await database.prisma.auditEntry.findMany({
      where: { targetId: MACHINE, action: 'console.settings_changed' },
    })
    expect(entries.map(({ change: told }) => told)).toContainEqual(
      expect.objectContaining({
        before: { clipboard_to_person: true, clipboard_to_machine: true },
        after: { clipboard_to_person: false, clipboard_to_machine: true },
      }),
    )

    // What was forbidden stays so while the machine is away, and when it is defined anew.
    workloads.show([])
    await waitFor('its end', async () => (await database.prisma.workload.count({ where: { id } })) === 0)
    expect((await api.call('operator', getRoute, 'GET', { params: { id } })).status).toBe(404)
    expect(await rights('screen')).toEqual({ copies: false, pastes: false })
  })

  it('is decided by administrators, for machines alone', async () => {
    const workloads = new SimulatedWorkloads()
    await fleet().addHost({ kinds: [workloads] })
    await fleet().controller.sweep.round()
    const [machine, container] = [testId('workload', 'other'), testId('workload', 'container')]
    workloads.show([
      { ...WORKLOAD, workloadId: machine, target: 'libvirt', nativeId: '3f0c2a52-0f6e-4b51-9d3e-6f0b1a2c3d4e' },
      { ...WORKLOAD, workloadId: container, target: 'docker', nativeId: 'web' },
    ])
    const ids = { in: [machine, container] }
    await waitFor('both', async () => (await database.prisma.workload.count({ where: { id: ids } })) === 2)
    const change = async (as: 'admin' | 'operator', id: string, body: object) =>
      (await api.call(as, changeRoute, 'PATCH', { params: { id }, body })).status
    expect(await change('operator', machine, { clipboard_to_machine: false })).toBe(403)
    expect(await change('admin', machine, {})).toBe(400)
    expect(await change('admin', machine, { clipboard: false })).toBe(400)
    expect(await change('admin', container, { clipboard_to_machine: false })).toBe(404)
    expect(await change('admin', machine, { clipboard_to_machine: false })).toBe(200)
    expect((await api.call('viewer', getRoute, 'GET', { params: { id: machine } })).status).toBe(403)
  })

  it('has a channel when it was given one, which whoever may change machines asks for', async () => {
    const shown = new SimulatedWorkloads()
    const agent = await fleet().addHost({ kinds: [shown] })
    await fleet().controller.sweep.round()
    const id = testId('workload', 'clip')
    const nativeId = '2d0c2a52-0f6e-4b51-9d3e-6f0b1a2c3d4e'
    shown.show([{ ...WORKLOAD, name: 'clip', workloadId: id, target: 'libvirt', nativeId }])
    await waitFor('the machine', async () => (await database.prisma.workload.count({ where: { id } })) === 1)
    const read = async () => (await api.call('operator', readRoute, 'GET', { params: { id } })).data(ClipboardView)
    const add = (as: 'viewer' | 'operator') =>
      api.call(as, addRoute, 'POST', { params: { id }, headers: { prefer: 'wait=20' } })
    const attach = `virsh attach-device --domain ${nativeId} --file channel.xml`
    expect(await read()).toMatchObject({ channel: 'none', is_agent_running: null, package: 'spice-vdagent' })
    expect((await read()).command).toBe(`${attach} --config\n${attach} --live`)
    expect((await add('viewer')).status).toBe(403)
    expect((await add('operator')).data(OperationView)).toMatchObject({
      status: 'succeeded',
      result: { is_live: true },
    })
    expect(await read()).toMatchObject({ channel: 'there', is_agent_running: true, command: null })
    expect(agent.calls.findLast(({ operation }) => operation === 'addClipboard')?.request).toMatchObject({
      machine: nativeId,
    })
    expect(
      await database.prisma.auditEntry.count({ where: { targetId: id, action: 'workload.clipboard_added' } }),
    ).toBe(1)
  })
})
