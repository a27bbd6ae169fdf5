import { expect, it } from 'vitest'
import { z } from 'zod'
import { GET as getHost } from '@/app/api/v1/hosts/[id]/route'
import { POST as connect } from '@/app/api/v1/storage/backends/[id]/connect/route'
import { GET as getBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as testSaved } from '@/app/api/v1/storage/backends/[id]/test/route'
import { POST as createBackend, GET as listBackends } from '@/app/api/v1/storage/backends/route'
import { GET as history } from '@/app/api/v1/storage/mounts/[id]/history/route'
import { POST as mountAgain } from '@/app/api/v1/storage/mounts/[id]/mount/route'
import { DELETE as deleteMount, GET as getMount } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as createMount } from '@/app/api/v1/storage/mounts/route'
import { systemActor } from '@/lib/auth/actor'
import { BackendView } from '@/lib/backends/schema'
import { HostView } from '@/lib/hosts/schema'
import { mountMatrix } from '@/lib/mounts/matrix/matrix'
import { MountEventView, MountView } from '@/lib/mounts/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import type { FakeAgent } from '@/testing/fake-agent'

const WAIT = { prefer: 'wait=20' }
const S3 = {
  endpoint: 'https://s3.example.com',
  bucket: 'media',
  access_key_id: 'AKEXAMPLE',
  secret_access_key: 'canary-not-a-real-key',
}
const LOST = {
  code: 'backend_unreachable',
  message: 'The server refuses the connection.',
  problem: 'network.refused',
  values: { server: 's3.example.com', port: 443, endpoint: 'https://s3.example.com' },
  said: 'connect ECONNREFUSED 192.0.2.20:443',
}

testDatabases('the status of backends', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let number = 0

  async function online(handlers = {}): Promise<FakeAgent> {
    const agent = await fleet().addHost({ handlers })
    await untilHost(agent, 'online')
    return agent
  }
  const untilHost = (agent: FakeAgent, status: 'online' | 'offline') =>
    expect
      .poll(() => database.prisma.host.count({ where: { id: agent.hostId, observedStatus: status } }), {
        timeout: 20_000,
      })
      .toBe(1)
  const nameOf = async ({ hostId }: FakeAgent) =>
    (await database.prisma.host.findUniqueOrThrow({ where: { id: hostId } })).name
  async function make(type: string, config: unknown): Promise<string> {
    const body = { name: `storage ${++number}`, type, config }
    return (await api.call('operator', createBackend, 'POST', { body })).data(BackendView).id
  }
  async function mountOn(backendId: string, agents: FakeAgent[]): Promise<string> {
    const host_ids = agents.map(({ hostId }) => hostId)
    const body = { name: `mount-${++number}`, backend_id: backendId, host_ids }
    return (await api.call('operator', createMount, 'POST', { body, headers: WAIT })).data(MountView).id
  }
  const backend = async (id: string) =>
    (await api.call('viewer', getBackend, 'GET', { params: { id } })).data(BackendView)
  const mount = async (id: string) => (await api.call('viewer', getMount, 'GET', { params: { id } })).data(MountView)
  const untilBackend = (id: string, what: object) =>
    expect.poll(() => backend(id), { timeout: 20_000 }).toMatchObject(what)
  const untilMount = (id: string, status: string) =>
    expect.poll(async () => (await mount(id)).status, { timeout: 20_000 }).toBe(status)
  const test = (id: string, { hostId }: FakeAgent) =>
    api.call('operator', testSaved, 'POST', { params: { id }, body: { host_id: hostId }, headers: WAIT })

  it('says of a mount whose server is gone why, in its own status and in that of the backend, and when it is back', async () => {
    const agent = await online()
    const id = await make('s3', S3)
    const mountId = await mountOn(id, [agent])
    agent.change(mountId, { proven: false, error: null })
    await untilMount(mountId, 'unknown')
    expect((await mount(mountId)).hosts[0]).toMatchObject({ state: 'mounted', status: 'unproven', error: null })

    agent.change(mountId, { proven: false, error: LOST })
    await untilMount(mountId, 'degraded')
    expect((await mount(mountId)).hosts[0]).toMatchObject({
      state: 'mounted',
      status: 'degraded',
      problem: 'network.refused',
      explanation: { id: 'network.refused', values: { server: 's3.example.com', port: 443 }, said: LOST.said },
    })
    await untilBackend(id, {
      status: 'offline',
      status_error: expect.stringContaining(`On ${await nameOf(agent)}: `),
      status_explanation: { id: 'network.refused' },
    })
    const host = (await api.call('viewer', getHost, 'GET', { params: { id: agent.hostId } })).data(HostView)
    expect(host.mounts).toMatchObject({ wanted: 1, mounted: 0, failing: 1 })
    const { cells, statuses, mounts } = await mountMatrix(systemActor('test'))
    const cell = cells.find(([, at]) => mounts[at]?.id === mountId)
    expect(statuses[cell?.[7] ?? -1]).toBe('degraded')

    agent.change(mountId, { proven: true, error: null })
    await untilMount(mountId, 'mounted')
    await untilBackend(id, { status: 'online', status_error: null })
    const lines = (await api.call('viewer', history, 'GET', { params: { id: mountId } })).data(z.array(MountEventView))
    expect(lines.slice(0, 2).map(({ state, problem }) => [state, problem])).toEqual([
      ['mounted', null],
      ['mounted', 'network.refused'],
    ])
  })

  it('is not made well by a test from another host, while a mount of it is in error', async () => {
    const [broken, well] = [await online(), await online()]
    const id = await make('nfs', { server: 'nas.example.com', export_path: '/export' })
    const mountId = await mountOn(id, [broken])
    broken.change(mountId, { state: 'corrupted', error: { code: 'backend_unreachable', message: 'It is broken.' } })
    const inError = { status: 'error', status_error: expect.stringContaining(`On ${await nameOf(broken)}: `) }
    await untilBackend(id, inError)
    expect((await test(id, well)).body).toMatchObject({ data: { success: true } })
    expect(await backend(id)).toMatchObject(inError)
    expect((await backend(id)).last_test_at).not.toBeNull()
  })

  it('follows a command that failed on its host, and a mount in error that is deleted', async () => {
    const agent = await online()
    const id = await make('nfs', { server: 'nas2.example.com', export_path: '/export' })
    const mountId = await mountOn(id, [agent])
    await untilBackend(id, { status: 'online' })
    agent.setFault({ kind: 'refuse', code: 'command_failed', message: 'The mount failed.' }, 'applyMount')
    agent.change(mountId, { state: 'error', error: { code: 'command_failed', message: 'The mount failed.' } })
    await api.call('operator', mountAgain, 'POST', { params: { id: mountId }, headers: WAIT })
    await untilBackend(id, { status: 'error' })
    agent.setFault(null)
    expect((await api.call('operator', deleteMount, 'DELETE', { params: { id: mountId }, headers: WAIT })).status).toBe(
      200,
    )
    await untilBackend(id, { status: 'unknown', status_error: null })
  })

  it('knows that a mount is in error when its host comes back with what it had', async () => {
    const [broken, well] = [await online(), await online()]
    const id = await make('nfs', { server: 'nas3.example.com', export_path: '/export' })
    const mountId = await mountOn(id, [broken, well])
    broken.change(mountId, { state: 'corrupted', error: { code: 'backend_unreachable', message: 'It is broken.' } })
    await untilBackend(id, { status: 'error' })
    await broken.goOffline({ keepPort: true })
    await untilHost(broken, 'offline')
    await untilBackend(id, { status: 'online' })
    await broken.comeBack()
    await untilBackend(id, { status: 'error', status_error: expect.stringContaining(await nameOf(broken)) })
  })

  it('is that of the worse of two hosts that have it open, whichever spoke last', async () => {
    const agents = [await online(), await online()]
    const [lost, other] = agents as [FakeAgent, FakeAgent]
    const id = await make('iscsi-lvm', {
      portal: '192.0.2.60',
      target: 'iqn.2026-01.com.example:two',
      chap_enabled: false,
    })
    for (const { hostId } of agents)
      await api.call('operator', connect, 'POST', { params: { id }, body: { host_id: hostId }, headers: WAIT })
    const error = { code: 'backend_unreachable', message: 'The session is gone.', problem: 'iscsi.session_gone' }
    lost.simulatedConnections.override(id, { state: 'error', error })
    const inError = { status: 'error', status_error: expect.stringContaining(`On ${await nameOf(lost)}: `) }
    await untilBackend(id, inError)
    other.simulatedConnections.override(id, { state: 'connecting' })
    await expect.poll(async () => (await backend(id)).connections.map(({ state }) => state)).toContain('connecting')
    other.simulatedConnections.override(id, { state: 'connected', error: null })
    await expect.poll(async () => (await backend(id)).connections.map(({ state }) => state)).toContain('connected')
    expect(await backend(id)).toMatchObject(inError)
    lost.simulatedConnections.override(id, { state: 'connected', error: null })
    await untilBackend(id, { status: 'online', status_error: null })
  })

  it('keeps the figures of each host where each has its own, and those of the fullest for the whole', async () => {
    const agents = [await online(), await online()]
    const [full, roomy] = agents as [FakeAgent, FakeAgent]
    const id = await make('local-dir', { path: '/srv/data' })
    const mountId = await mountOn(id, agents)
    const usage = (usedBytes: number) => ({
      totalBytes: 1_000,
      usedBytes,
      availableBytes: 1_000 - usedBytes,
      fileCount: null,
    })
    full.change(mountId, {
      usage: usage(1_000),
      usageAt: '2026-11-20T12:00:00.000Z',
      state: 'mounted',
      options: 'rw,full',
    })
    const worst = { used_bytes: 1_000, total_bytes: 1_000, as_of: '2026-11-20T12:00:00.000Z' }
    const on = { stats: { ...worst, host_name: await nameOf(full) } }
    await untilBackend(id, on)
    roomy.change(mountId, { usage: usage(10), usageAt: '2026-11-20T12:30:00.000Z', options: 'rw,roomy' })
    await expect
      .poll(async () => (await backend(id)).stats.hosts?.map(({ used_bytes }) => used_bytes), { timeout: 20_000 })
      .toEqual([1_000, 10])
    expect(await backend(id)).toMatchObject(on)
    expect((await backend(id)).stats.hosts).toMatchObject([
      { host_id: full.hostId, host_name: await nameOf(full), ...worst },
      { host_id: roomy.hostId, used_bytes: 10, available_bytes: 990 },
    ])
    // Nor does a test from there make the other one emptier.
    await test(id, roomy)
    expect(await backend(id)).toMatchObject(on)
    const listed = (await api.call('viewer', listBackends, 'GET', {})).data(z.array(BackendView))
    expect(listed.find((row) => row.id === id)?.stats).toEqual({ ...(await backend(id)).stats, hosts: undefined })
  })
})
