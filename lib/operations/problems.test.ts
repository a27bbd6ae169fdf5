import { expect, it, vi } from 'vitest'
import { GET as getOperation } from '@/app/api/v1/operations/[id]/route'
import { GET as getBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as testBackend } from '@/app/api/v1/storage/backends/[id]/test/route'
import { GET as getMount } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as createMount } from '@/app/api/v1/storage/mounts/route'
import { BackendView } from '@/lib/backends/schema'
import { TestAnswer } from '@/lib/backends/test-answer'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { reportOf } from '@/lib/drivers/problems/report'
import { MountView } from '@/lib/mounts/schema'
import { OperationView } from '@/lib/operations/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'

vi.setConfig({ testTimeout: 40_000 })

const WAIT = { prefer: 'wait=20' }
const VALUES = { server: 'nas.example.org', port: 2049 }
const refused = new ProblemError('network.refused', VALUES, { said: 'mount.nfs: Connection refused' })
const MESSAGE = 'The server refuses the connection.'
const ADVICE = 'Nothing listens on port 2049 of nas.example.org: start the service there, or correct the port.'
const EXPLANATION = {
  id: 'network.refused',
  title: 'The server refuses the connection',
  advice: ADVICE,
  command: 'nc -vz nas.example.org 2049',
  said: 'mount.nfs: Connection refused',
  values: VALUES,
}

testDatabases('a problem on its way to people', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  async function online(handlers: NonNullable<Parameters<ReturnType<typeof fleet>['addHost']>[0]>['handlers']) {
    const agent = await fleet().addHost({ handlers: handlers ?? {} })
    const where = { id: agent.hostId, observedStatus: 'online' } as const
    await expect.poll(() => database.prisma.host.count({ where })).toBe(1)
    return agent
  }

  it('is worded once, with the same words in the answer, the operation, the mount and the history', async () => {
    const agent = await online({
      applyMount: async () => {
        throw refused
      },
    })
    const backend = await makeBackend(database.prisma)
    const body = { name: 'refused', backend_id: backend.id, host_ids: [agent.hostId] }
    const made = await api.call('operator', createMount, 'POST', { body, headers: WAIT })
    const { operation } = made.body as { operation: { id: string } }
    const read = await api.call('viewer', getOperation, 'GET', { params: { id: operation.id } })
    const error = { code: 'backend_unreachable', message: MESSAGE, recovery: ADVICE, explanation: EXPLANATION }
    const shown = read.data(OperationView)
    expect([shown.error, shown.hosts[0]?.error]).toEqual([error, error])
    const { id } = made.data(MountView)
    const mount = (await api.call('viewer', getMount, 'GET', { params: { id } })).data(MountView)
    expect(mount.hosts[0]).toMatchObject({
      error: MESSAGE,
      problem: 'network.refused',
      advice: ADVICE,
      explanation: EXPLANATION,
    })
    const stored = await database.prisma.mountEvent.findFirst({ where: { mountId: id }, orderBy: { id: 'desc' } })
    expect(stored).toMatchObject({ problem: 'network.refused', values: VALUES, said: EXPLANATION.said })
    expect(stored?.error).not.toContain('Nothing listens')
  })

  it('is worded when a test is shown, and kept with the backend', async () => {
    const step = { id: 'tcp', title: 'Connection to port 2049', status: 'failed', durationMs: 1 } as const
    const { hostId } = await online({
      testBackend: async (_request, call) => {
        const failed = { ...step, detail: refused.message, ...reportOf(refused) }
        call.step(failed)
        return { success: false, steps: [failed], usage: null }
      },
    })
    const { id } = await makeBackend(database.prisma)
    const answer = await api.call('operator', testBackend, 'POST', {
      params: { id },
      body: { host_id: hostId },
      headers: WAIT,
    })
    const result = answer.data(TestAnswer)
    expect(result.message).toBe(`${step.title}: ${EXPLANATION.title}: ${EXPLANATION.said}. ${ADVICE}`)
    expect(result.steps).toEqual([
      expect.objectContaining({ ...step, advice: ADVICE, command: EXPLANATION.command, explanation: EXPLANATION }),
    ])
    const view = (await api.call('viewer', getBackend, 'GET', { params: { id } })).data(BackendView)
    expect(view).toMatchObject({ status: 'offline', status_error: MESSAGE, status_explanation: EXPLANATION })
    const kept = await database.prisma.operation.findUniqueOrThrow({ where: { id: result.operation_id } })
    expect(JSON.stringify(kept)).not.toContain('Nothing listens')
  })
})
