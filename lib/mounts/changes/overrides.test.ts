import { expect, it, vi } from 'vitest'
import { PATCH as patchBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { DELETE as clear, PUT as put } from '@/app/api/v1/storage/mounts/[id]/hosts/[hostId]/overrides/route'
import { POST as create } from '@/app/api/v1/storage/mounts/route'
import { MountView } from '@/lib/mounts/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'

vi.setConfig({ testTimeout: 40_000 })

const WAIT = { prefer: 'wait=20' }
const NFS = {
  server: 'nas.example.com',
  export_path: '/export/media',
  version: '4.2',
  on_outage: 'hard',
  timeo: 600,
  retrans: 2,
}

testDatabases('overrides of a host', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let number = 0
  const agents: FakeAgent[] = []
  const hosts = async () => {
    while (agents.length < 2) agents.push(await fleet().addHost())
    return agents as [FakeAgent, FakeAgent]
  }
  const make = async (over: Record<string, unknown> = {}) => {
    const [one, two] = await hosts()
    const backend = await makeBackend(database.prisma, { driver: 'nfs', config: NFS, source: 'nas:/export/media' })
    const body = { name: `over-${++number}`, backend_id: backend.id, host_ids: [one.hostId, two.hostId], ...over }
    return (await api.call('operator', create, 'POST', { body, headers: WAIT })).data(MountView)
  }
  const set = (id: string, hostId: string, body: unknown) =>
    api.call('operator', put, 'PUT', { params: { id, hostId }, body, headers: WAIT })
  const sentTo = (agent: FakeAgent, mountId: string) =>
    agent.calls
      .filter((call) => call.operation === 'applyMount')
      .map(
        (call) =>
          call.request as {
            mount: { mountId: string; mountPoint: string; readOnly: boolean; backend: { config: object } }
          },
      )
      .findLast((request) => request.mount.mountId === mountId)?.mount

  it('gives one host its own address, place and access, and the others nothing', async () => {
    const [one, two] = await hosts()
    const { id } = await make()
    // The controller asks each host how it is now and then; that is no command.
    const commands = () => two.calls.filter((call) => call.operation === 'applyMount').length
    const sent = commands()
    const answer = await set(id, one.hostId, {
      mount_point: '/srv/here',
      read_only: true,
      config: { server: '10.0.0.2', timeo: 50 },
    })
    expect(answer.body).toMatchObject({ operation: { status: 'succeeded' } })
    const rows = answer.data(MountView).hosts
    expect(rows.find((row) => row.host_id === one.hostId)).toMatchObject({
      mount_point: '/srv/here',
      read_only: true,
      source: '10.0.0.2:/export/media',
      overrides: { mount_point: '/srv/here', read_only: true, config: { server: '10.0.0.2', timeo: 50 } },
      state: 'mounted',
    })
    expect(rows.find((row) => row.host_id === two.hostId)).toMatchObject({
      overrides: null,
      mount_point: `/mnt/over-${number}`,
    })
    expect(sentTo(one, id)).toMatchObject({
      mountPoint: '/srv/here',
      readOnly: true,
      backend: { config: { ...NFS, server: '10.0.0.2', timeo: 50 } },
    })
    expect(commands()).toBe(sent)

    // A change of the backend keeps what is different here.
    const backendId = answer.data(MountView).backend.id
    await api.call('operator', patchBackend, 'PATCH', {
      params: { id: backendId },
      body: { config: { ...NFS, retrans: 5 } },
    })
    await expect
      .poll(() => sentTo(one, id), { timeout: 40_000 })
      .toMatchObject({
        backend: { config: { server: '10.0.0.2', retrans: 5 } },
      })
    const same = await api.call('operator', clear, 'DELETE', { params: { id, hostId: one.hostId }, headers: WAIT })
    expect(same.data(MountView).hosts.map((row) => row.overrides)).toEqual([null, null])
    expect(sentTo(one, id)).toMatchObject({
      mountPoint: `/mnt/over-${number}`,
      backend: { config: { server: NFS.server } },
    })
  })

  it.each([
    [{ config: { export_path: '/other' } }, 'config.export_path', 'same on every host'],
    [{ config: { server: 'two words' } }, 'config.server', ''],
    [{ config: { nonsense: 1 } }, 'config.nonsense', 'no such setting'],
    [{ config: { nolock: true } }, 'config.nolock', 'version 3'],
    [{ mount_point: '/mnt/../etc' }, 'mount_point', ''],
    [{ surprise: 1 }, 'surprise', ''],
  ])('refuses %j', async (body, field, words) => {
    const [one] = await hosts()
    const { id } = await make({ do_mount: false })
    const problem = (await set(id, one.hostId, body)).problem()
    expect(problem.status).toBe(400)
    expect(problem.fields?.[0]).toMatchObject({ field, message: expect.stringContaining(words) })
  })

  it('refuses a secret, a place that is taken there, and a host that does not have the mount', async () => {
    const [one, two] = await hosts()
    const s3 = await makeBackend(database.prisma, {
      driver: 's3',
      config: { provider: 'Minio', endpoint: 'https://s3.test', bucket: 'films' },
    })
    const bucket = await make({ backend_id: s3.id, do_mount: false })
    const secret = await set(bucket.id, one.hostId, { config: { secret_access_key: 'not-a-real-secret' } })
    expect(secret.problem().fields?.[0]?.message).toContain('A secret is the same on every host')
    expect(secret.text).not.toContain('not-a-real-secret')

    const first = await make({ do_mount: false, mount_point: `/srv/own-${number}` })
    const second = await make({ do_mount: false })
    const taken = await set(second.id, one.hostId, { mount_point: first.mount_point })
    expect(taken.problem()).toMatchObject({ status: 409, detail: expect.stringContaining(first.name) })
    await set(first.id, one.hostId, { mount_point: `/srv/moved-${number}` })
    expect((await set(second.id, one.hostId, { mount_point: first.mount_point })).status).toBe(200)
    expect((await set(second.id, two.hostId, { mount_point: first.mount_point })).status).toBe(409)
    expect((await set(second.id, 'hst_none', {})).status).toBe(404)
  })
})
