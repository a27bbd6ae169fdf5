import { expect, it, vi } from 'vitest'
import { POST as cancelRoute } from '@/app/api/v1/operations/[id]/cancel/route'
import { GET as readRoute } from '@/app/api/v1/operations/[id]/route'
import { POST as check } from '@/app/api/v1/storage/mounts/[id]/check/route'
import { POST as create } from '@/app/api/v1/storage/mounts/route'
import { MountCheckResult } from '@/lib/agent-protocol/messages'
import { MountView } from '@/lib/mounts/schema'
import { OperationView } from '@/lib/operations/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 40_000 })

const MIB = 1_048_576

testDatabases('the check of a mount', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  async function ready(name: string): Promise<{ agent: FakeAgent; id: string }> {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const body = { name, backend_id: backend.id, host_ids: [agent.hostId] }
    const made = await api.call('operator', create, 'POST', { body, headers: { prefer: 'wait=20' } })
    return { agent, id: made.data(MountView).id }
  }
  const ask = (id: string, body: object, headers: Record<string, string> = {}) =>
    api.call('operator', check, 'POST', { params: { id }, body, headers })
  const read = async (id: string) =>
    (await api.call('viewer', readRoute, 'GET', { params: { id } })).data(OperationView)

  it('answers with the operation at once, which tells how far it is and what it has found', async () => {
    const { agent, id } = await ready('measured')
    agent.simulatedJobs.isDriven = true
    const answer = await ask(id, { host_id: agent.hostId, size_mib: 2 })
    expect(answer.status).toBe(202)
    const { id: operation } = answer.data(OperationView)
    await waitFor('the job', () => agent.simulatedJobs.find(operation))
    agent.simulatedJobs.advance(operation, 0.25, 'a quarter')
    const running = await waitFor('its progress', async () => {
      const view = await read(operation)
      return view.hosts[0]?.job?.progress ? view : null
    })
    expect(running).toMatchObject({ status: 'running', kind: 'mount.check', can_cancel: true, is_cancelling: false })
    expect(running.hosts[0]?.job).toEqual({
      state: 'running',
      progress: { done: MIB, total: 4 * MIB, unit: 'bytes', per_second: 120_000_000, phase: 'writing' },
    })
    const result = { sizeBytes: 2 * MIB, writeBytesPerSecond: 1, readBytesPerSecond: 2, readMode: 'direct' }
    agent.simulatedJobs.end(operation, { result })
    const ended = await waitFor('its end', async () => {
      const view = await read(operation)
      return view.status === 'running' ? null : view
    })
    expect(ended).toMatchObject({ status: 'succeeded', can_cancel: false })
    expect(MountCheckResult.parse(ended.result)).toEqual(result)
    const asked = await database.prisma.auditEntry.findFirst({
      where: { action: 'mount.check_requested', targetId: id },
    })
    expect(asked?.change).toMatchObject({ host_id: agent.hostId, size_mib: 2, operation })
  })

  it('can be waited for, and cancelled while it runs', async () => {
    const { agent, id } = await ready('waited-for')
    expect((await ask(id, { host_id: agent.hostId }, { prefer: 'wait=20' })).status).toBe(200)
    agent.simulatedJobs.isDriven = true
    const { id: operation } = (await ask(id, { host_id: agent.hostId })).data(OperationView)
    await waitFor('the job', () => agent.simulatedJobs.find(operation))
    const cancelled = await api.call('operator', cancelRoute, 'POST', { params: { id: operation }, body: {} })
    expect(cancelled.data(OperationView)).toMatchObject({ can_cancel: false })
    await waitFor('its end', async () => (await read(operation)).status === 'cancelled')
    expect(agent.simulatedJobs.find(operation)).toMatchObject({ state: 'cancelled' })
    const again = await api.call('operator', cancelRoute, 'POST', { params: { id: operation }, body: {} })
    expect(again.problem()).toMatchObject({ code: 'conflict', detail: expect.stringContaining('has ended already') })
  })

  it('is refused for what is not there, and for sizes that are none', async () => {
    const { agent, id } = await ready('refused')
    const { hostId } = await fleet().addHost()
    expect((await ask(id, { host_id: hostId })).status).toBe(404)
    expect((await ask('mnt_none', { host_id: hostId })).status).toBe(404)
    for (const size_mib of [0, 1.5, 70_000])
      expect((await ask(id, { host_id: agent.hostId, size_mib })).status).toBe(400)
    expect((await api.call('viewer', check, 'POST', { params: { id }, body: { host_id: agent.hostId } })).status).toBe(
      403,
    )
  })

  it('anything else that runs is not cancelled', async () => {
    const { agent, id } = await ready('other')
    agent.setFault({ kind: 'hang' }, 'applyMount')
    const hostIds = [agent.hostId]
    const operation = await fleet().request('mount.apply', { mountId: id, hostIds }, hostIds)
    await waitFor('its begin', async () => (await read(operation)).status === 'running')
    const answer = await api.call('operator', cancelRoute, 'POST', { params: { id: operation }, body: {} })
    expect([answer.status, (await read(operation)).can_cancel]).toEqual([409, false])
    agent.setFault(null)
    await agent.goOffline()
  })
})
