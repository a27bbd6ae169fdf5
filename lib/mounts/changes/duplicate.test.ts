import { expect, it, vi } from 'vitest'
import { POST as copyBackend } from '@/app/api/v1/storage/backends/[id]/duplicate/route'
import { GET as getBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as createBackend } from '@/app/api/v1/storage/backends/route'
import { POST as copyMount } from '@/app/api/v1/storage/mounts/[id]/duplicate/route'
import { PUT as override } from '@/app/api/v1/storage/mounts/[id]/hosts/[hostId]/overrides/route'
import { POST as createMount } from '@/app/api/v1/storage/mounts/route'
import { BackendView } from '@/lib/backends/schema'
import { MountView } from '@/lib/mounts/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'

vi.setConfig({ testTimeout: 40_000 })

const WAIT = { prefer: 'wait=20' }
const KEY = 'not-a-real-secret-key'

testDatabases('duplicates', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  it('copy a backend with its secrets, which then belong to the copy alone', async () => {
    const config = {
      provider: 'Minio',
      endpoint: 'https://s3.test',
      bucket: 'films',
      access_key_id: 'AKIA-FAKE',
      secret_access_key: KEY,
    }
    const made = await api.call('operator', createBackend, 'POST', { body: { name: 'films', type: 's3', config } })
    const source = made.data(BackendView)
    const answer = await api.call('operator', copyBackend, 'POST', {
      params: { id: source.id },
      body: { name: 'films 2' },
    })
    expect(answer.status).toBe(201)
    expect(answer.text).not.toContain(KEY)
    const copy = answer.data(BackendView)
    expect(copy).toMatchObject({
      name: 'films 2',
      type: 's3',
      config: source.config,
      status: 'unknown',
      mount_count: 0,
    })
    expect(copy.secrets.secret_access_key?.fingerprint).toBe(source.secrets.secret_access_key?.fingerprint)

    // A copy of the copy opens too, and lives on without the first one.
    const again = await api.call('operator', copyBackend, 'POST', {
      params: { id: copy.id },
      body: { name: 'films 3' },
    })
    await database.prisma.backend.deleteMany({ where: { id: { in: [source.id, copy.id] } } })
    const agent = await fleet().addHost()
    const body = { name: 'films', backend_id: again.data(BackendView).id, host_ids: [agent.hostId] }
    const mounted = await api.call('operator', createMount, 'POST', { body, headers: WAIT })
    expect(mounted.body).toMatchObject({ operation: { status: 'succeeded' } })
    const sent = agent.calls.findLast((call) => call.operation === 'applyMount')?.request
    expect(sent).toMatchObject({ mount: { backend: { secrets: { secret_access_key: KEY } } } })

    const taken = await api.call('operator', copyBackend, 'POST', {
      params: { id: again.data(BackendView).id },
      body: { name: 'films 3' },
    })
    expect(taken.problem()).toMatchObject({ status: 409, detail: expect.stringContaining("'films 3' already exists") })
    expect((await api.call('viewer', getBackend, 'GET', { params: { id: source.id } })).status).toBe(404)
  })

  it('copy a mount for the same hosts, with what is different there, and only written down', async () => {
    const [one, two] = [await fleet().addHost(), await fleet().addHost()]
    const backend = await makeBackend(database.prisma)
    const body = {
      name: 'origin',
      backend_id: backend.id,
      host_ids: [one.hostId, two.hostId],
      read_only: true,
      on_drift: 'repair',
    }
    const { id } = (await api.call('operator', createMount, 'POST', { body, headers: WAIT })).data(MountView)
    const own = { mount_point: '/srv/own', config: { path: '/srv/elsewhere' } }
    await api.call('operator', override, 'PUT', { params: { id, hostId: one.hostId }, body: own, headers: WAIT })
    const copy = (over: object) =>
      api.call('operator', copyMount, 'POST', { params: { id }, body: over, headers: WAIT })

    const answer = await copy({ name: 'second' })
    expect(answer.body).toMatchObject({ operation: null })
    expect(answer.data(MountView)).toMatchObject({
      mount_point: '/mnt/second',
      read_only: true,
      on_drift: 'repair',
      desired_state: 'unmounted',
    })
    const rows = answer.data(MountView).hosts
    expect(rows.find((row) => row.host_id === one.hostId)?.overrides).toEqual({ config: own.config })
    expect(rows.find((row) => row.host_id === two.hostId)?.overrides).toBeNull()
    const third = await copy({ name: 'third', mount_point: '/srv/third', do_mount: true })
    expect(third.body).toMatchObject({ operation: { status: 'succeeded' }, data: { mount_point: '/srv/third' } })
    expect((await copy({ name: 'second' })).status).toBe(409)
    expect((await copy({ name: 'fourth', mount_point: '/srv/third' })).problem().detail).toContain("'third'")
    expect((await copy({})).problem().fields?.[0]?.field).toBe('name')
  })
})
