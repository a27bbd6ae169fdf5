import { expect, it } from 'vitest'
import { POST as revoke } from '@/app/api/v1/hosts/[id]/revoke/route'
import { POST as connect } from '@/app/api/v1/storage/backends/[id]/connect/route'
import { POST as disconnect } from '@/app/api/v1/storage/backends/[id]/disconnect/route'
import { DELETE, GET as getOne, PATCH } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as create } from '@/app/api/v1/storage/backends/route'
import { POST as makePlan } from '@/app/api/v1/storage/plans/route'
import { BackendView } from '@/lib/backends/schema'
import { HoldfastError } from '@/lib/errors'
import { OperationView } from '@/lib/operations/schema'
import { PlanView } from '@/lib/plans/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import type { FakeAgent } from '@/testing/fake-agent'

const SAN = {
  portal: '192.0.2.50',
  target: 'iqn.2026-01.com.example:storage',
  chap_enabled: true,
  chap_user: 'initiator',
  chap_password: 'canary-not-a-real-chap',
}

testDatabases('connecting backends', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  async function online(handlers = {}) {
    const agent = await fleet().addHost({ handlers })
    await expect
      .poll(() => database.prisma.host.count({ where: { id: agent.hostId, observedStatus: 'online' } }))
      .toBe(1)
    return agent
  }
  async function make(name: string, type = 'iscsi-lvm', config: unknown = SAN) {
    return (await api.call('operator', create, 'POST', { body: { name, type, config } })).data(BackendView)
  }
  const act = (verb: typeof connect, id: string, hostId: string) =>
    api.call('operator', verb, 'POST', { params: { id }, body: { host_id: hostId }, headers: { prefer: 'wait=20' } })

  it('opens it on the host with its secret, keeps the capacity, and closes it again', async () => {
    const agent = await online()
    const { id, capabilities } = await make('san')
    expect(capabilities).toEqual(expect.arrayContaining(['connect']))
    const opened = await act(connect, id, agent.hostId)
    expect(opened.status).toBe(200)
    expect(opened.data(OperationView)).toMatchObject({
      kind: 'backend.connect',
      status: 'succeeded',
      result: { summary: expect.stringContaining('is open'), details: { Device: '/dev/sdb' } },
    })
    const sent = agent.calls.find(({ operation }) => operation === 'connectBackend')?.request
    expect(sent).toMatchObject({
      resourceId: id,
      generation: 1,
      fence: expect.any(Number),
      ttlMs: expect.any(Number),
      backend: { secrets: { chap_password: SAN.chap_password } },
    })
    const view = (await api.call('viewer', getOne, 'GET', { params: { id } })).data(BackendView)
    expect(view).toMatchObject({
      status: 'online',
      stats: { total_bytes: expect.any(Number), used_bytes: expect.any(Number) },
    })
    expect(JSON.stringify(opened.body)).not.toContain(SAN.chap_password)

    const refused = await api.call('operator', DELETE, 'DELETE', { params: { id } })
    expect(refused.body).toMatchObject({ code: 'in_use', used_by: [expect.objectContaining({ kind: 'host' })] })
    expect((await act(disconnect, id, agent.hostId)).status).toBe(200)
    expect((await api.call('operator', DELETE, 'DELETE', { params: { id } })).status).toBe(200)
  })

  it('refuses a type that is mounted, and a host that does not exist', async () => {
    const agent = await online()
    const nfs = await make('share', 'nfs', { server: 'nas.example.com', export_path: '/export' })
    expect((await act(connect, nfs.id, agent.hostId)).body).toMatchObject({ code: 'unsupported' })
    const san = await make('another san')
    expect((await act(connect, san.id, 'hst_nobody')).body).toMatchObject({ code: 'invalid_input' })
    const older = { name: 'older', type: 'iscsi', config: { target: 'san.local', port: 3260 } }
    const open = (await api.call('operator', create, 'POST', { body: older })).data(BackendView)
    const refused = await act(connect, open.id, agent.hostId)
    expect([refused.status, refused.body]).toMatchObject([409, { fields: [{ field: 'config.target' }] }])
    expect(agent.calls.some(({ operation }) => operation === 'connectBackend')).toBe(false)
  })

  it('says what the host says', async () => {
    const agent = await online({
      async connectBackend() {
        const details = { problem: 'lvm.not_empty', advice: 'Clear it.' }
        throw new HoldfastError('conflict', 'The LUN is not empty.', { details })
      },
    })
    const { id } = await make('full san')
    const answer = await act(connect, id, agent.hostId)
    expect(answer.body).toMatchObject({ code: 'conflict', detail: 'The LUN is not empty.' })
  })

  it('never opens one backend on two hosts at the same moment', async () => {
    let running = 0
    let most = 0
    const handlers = {
      async connectBackend() {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, 50))
        running--
        return { summary: 'Connected.', details: {}, usage: null }
      },
    }
    const agents = [await online(handlers), await online(handlers)]
    const { id } = await make('shared san')
    const answers = await Promise.all(agents.map(({ hostId }) => act(connect, id, hostId)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(most).toBe(1)
  })

  const connectionsOf = async (id: string) =>
    (await api.call('viewer', getOne, 'GET', { params: { id } })).data(BackendView).connections
  const statesOf = async (id: string) => (await connectionsOf(id)).map(({ state }) => state)

  it('shows on each host whether it stands, and what is wrong with the cure', async () => {
    const agent = await online()
    const { id } = await make('watched san')
    expect(await connectionsOf(id)).toEqual([])
    await act(connect, id, agent.hostId)
    const details = expect.objectContaining({ Device: '/dev/sdb' })
    expect(await connectionsOf(id)).toEqual([
      expect.objectContaining({
        host_id: agent.hostId,
        desired: 'connected',
        state: 'connected',
        message: null,
        details,
      }),
    ])
    const error = {
      code: 'backend_unreachable',
      message: 'The session with the target is gone.',
      problem: 'iscsi.session_gone',
      values: { target: 'iqn.2026-01.com.example:vm' },
      said: 'iscsiadm: No active sessions.',
    }
    agent.simulatedConnections.override(id, { state: 'error', error })
    await expect.poll(() => statesOf(id)).toEqual(['error'])
    const [broken] = await connectionsOf(id)
    expect(broken).toMatchObject({
      message: error.message,
      problem: error.problem,
      advice: expect.stringContaining('logged out of iqn.2026-01.com.example:vm on this host'),
      explanation: { id: error.problem, values: error.values, said: error.said, command: 'iscsiadm -m session' },
      details,
    })
    const view = (await api.call('viewer', getOne, 'GET', { params: { id } })).data(BackendView)
    expect(view).toMatchObject({
      status: 'error',
      status_error: expect.stringMatching(/^On \S+: The session with the target is gone\.$/),
      status_explanation: { id: error.problem, advice: broken?.advice },
    })
    // The agent brings back what it lists; nobody else interferes.
    expect(agent.calls.filter(({ operation }) => operation === 'connectBackend')).toHaveLength(1)
    agent.simulatedConnections.override(id, { state: 'connected', error: null })
    await expect.poll(() => statesOf(id)).toEqual(['connected'])
  })

  it('connects again what a host has forgotten', async () => {
    const agent = await online()
    const { id } = await make('forgotten san')
    await act(connect, id, agent.hostId)
    agent.simulatedConnections.override(id, null)
    await expect
      .poll(() => agent.calls.filter(({ operation }) => operation === 'connectBackend').length, { timeout: 10_000 })
      .toBe(2)
    await expect.poll(() => statesOf(id)).toEqual(['connected'])
  })

  it('hands new settings to the hosts that have it open', async () => {
    const agent = await online()
    const { id } = await make('edited san')
    await act(connect, id, agent.hostId)
    const secrets = { chap_password: 'canary-not-a-new-chap' }
    const body = { config: { ...SAN, ...secrets } }
    expect((await api.call('operator', PATCH, 'PATCH', { params: { id }, body })).status).toBe(200)
    const sent = () =>
      agent.calls.filter(({ operation }) => operation === 'connectBackend').map(({ request }) => request)
    await expect.poll(() => sent().length, { timeout: 10_000 }).toBe(2)
    expect(sent()[1]).toMatchObject({ generation: 2, backend: { secrets } })
  })

  const plan = async (body: Record<string, unknown>) =>
    (await api.call('operator', makePlan, 'POST', { body })).data(PlanView)
  const applied = (verb: typeof connect, id: string, hostId: string, { plan: fingerprint }: PlanView) => {
    const headers = { prefer: 'wait=20', 'holdfast-plan': fingerprint }
    return api.call('operator', verb, 'POST', { params: { id }, body: { host_id: hostId }, headers })
  }

  it('is planned without touching the host, and applied only while the plan is true', async () => {
    const agent = await online()
    const { id } = await make('planned san')
    const change = { host_id: agent.hostId }
    const opening = await plan({ action: 'connect', backend_id: id, change })
    expect(opening).toMatchObject({
      target: { kind: 'backend', id },
      interrupts: false,
      hosts: [{ host_id: agent.hostId, mount_id: null, step: 'connect', state: 'disconnected' }],
    })
    expect(opening.hosts[0]?.commands.join('\n')).toContain(`-T ${SAN.target} -p 192.0.2.50:3260 -I holdfast --login`)
    expect(JSON.stringify(opening)).not.toContain(SAN.chap_password)
    expect(agent.calls.some(({ operation }) => operation === 'connectBackend')).toBe(false)
    expect(await connectionsOf(id)).toEqual([])
    expect((await applied(connect, id, agent.hostId, opening)).status).toBe(200)
    await expect.poll(() => statesOf(id)).toEqual(['connected'])
    expect((await applied(connect, id, agent.hostId, opening)).problem().code).toBe('plan_outdated')

    const edit = { config: { ...SAN, chap_user: 'another' } }
    const renewal = await plan({ action: 'update_backend', backend_id: id, change: edit })
    expect(renewal).toMatchObject({
      changes: [{ field: 'config.chap_user' }],
      hosts: [{ host_id: agent.hostId, step: 'reconnect', state: 'connected' }],
    })
    const closing = await plan({ action: 'disconnect', backend_id: id, change })
    expect(closing.hosts).toMatchObject([{ step: 'disconnect', state: 'connected' }])
    const error = { code: 'backend_unreachable' as const, message: 'The session with the target is gone.' }
    agent.simulatedConnections.override(id, { state: 'error', error })
    await expect.poll(() => statesOf(id)).toEqual(['error'])
    const refused = (await applied(disconnect, id, agent.hostId, closing)).problem()
    expect(refused).toMatchObject({ code: 'plan_outdated', reasons: ['a host shows another state or other options'] })
    expect(agent.calls.some(({ operation }) => operation === 'disconnectBackend')).toBe(false)
    const headers = { 'holdfast-plan': renewal.plan }
    const late = await api.call('operator', PATCH, 'PATCH', { params: { id }, body: edit, headers })
    expect(late.problem().code).toBe('plan_outdated')
    const { plan: fresh } = refused as unknown as { plan: PlanView }
    expect((await applied(disconnect, id, agent.hostId, fresh)).status).toBe(200)
    await expect.poll(() => connectionsOf(id)).toEqual([])
  })

  it('is planned only by whoever may do it, and refused for the same reasons', async () => {
    const agent = await online()
    const { id } = await make('unplanned san')
    const ask = (as: 'viewer' | 'operator', backend_id: string, host_id: string) =>
      api.call(as, makePlan, 'POST', { body: { action: 'connect', backend_id, change: { host_id } } })
    expect((await ask('viewer', id, agent.hostId)).status).toBe(403)
    expect((await ask('operator', id, 'hst_nobody')).problem().code).toBe('invalid_input')
    const nfs = await make('planned share', 'nfs', { server: 'nas.example.com', export_path: '/export' })
    expect((await ask('operator', nfs.id, agent.hostId)).problem().code).toBe('unsupported')
  })

  it('closes it on a host that was away, when that returns', async () => {
    const agent = await online()
    const { id } = await make('away san')
    await act(connect, id, agent.hostId)
    await agent.goOffline({ keepPort: true })
    expect((await act(disconnect, id, agent.hostId)).body).toMatchObject({ code: 'host_unreachable' })
    expect(await connectionsOf(id)).toEqual([expect.objectContaining({ desired: 'disconnected' })])
    expect((await api.call('operator', DELETE, 'DELETE', { params: { id } })).body).toMatchObject({ code: 'in_use' })
    await agent.comeBack()
    await expect.poll(() => connectionsOf(id), { timeout: 20_000 }).toEqual([])
    expect(agent.simulatedConnections.list()).toEqual([])
    expect((await api.call('operator', DELETE, 'DELETE', { params: { id } })).status).toBe(200)
  })

  it('tries a refused disconnect again, and says why it was refused', async () => {
    let busy = true
    const agent: FakeAgent = await online({
      async disconnectBackend({ backend }: { backend: { id: string } }) {
        if (busy) throw new HoldfastError('busy', 'Volumes are in use.', { details: { advice: 'Detach them.' } })
        agent.simulatedConnections.disconnect(backend.id)
        return { disconnected: true as const }
      },
    })
    const { id } = await make('busy san')
    await act(connect, id, agent.hostId)
    expect((await act(disconnect, id, agent.hostId)).body).toMatchObject({ code: 'busy' })
    expect(await connectionsOf(id)).toEqual([
      expect.objectContaining({ desired: 'disconnected', state: 'connected', message: 'Volumes are in use.' }),
    ])
    busy = false
    await expect.poll(() => connectionsOf(id), { timeout: 20_000 }).toEqual([])
  })

  it('forgets a host that is revoked', async () => {
    const agent = await online()
    const { id } = await make('revoked san')
    await act(connect, id, agent.hostId)
    await api.call('admin', revoke, 'POST', { params: { id: agent.hostId } })
    expect(await connectionsOf(id)).toEqual([])
    expect((await api.call('operator', DELETE, 'DELETE', { params: { id } })).status).toBe(200)
  })
})
