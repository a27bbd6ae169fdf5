import { expect, it, vi } from 'vitest'
import { PATCH as patchBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as createBackend } from '@/app/api/v1/storage/backends/route'
import { POST as duplicate } from '@/app/api/v1/storage/mounts/[id]/duplicate/route'
import { DELETE as clear, PUT as put } from '@/app/api/v1/storage/mounts/[id]/hosts/[hostId]/overrides/route'
import { POST as create } from '@/app/api/v1/storage/mounts/route'
import { BackendView } from '@/lib/backends/schema'
import { MountView } from '@/lib/mounts/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import type { FakeAgent } from '@/testing/fake-agent'

vi.setConfig({ testTimeout: 40_000 })

const WAIT = { prefer: 'wait=20' }
const CIFS = { server: 'nas-a', share_name: 'media', username: 'reader' }
const PASSWORD = 'not-a-real-secret'

testDatabases('secrets where a host has another address', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let number = 0
  const agents: FakeAgent[] = []
  const hosts = async () => {
    while (agents.length < 2) agents.push(await fleet().addHost())
    return agents as [FakeAgent, FakeAgent]
  }
  const make = async () => {
    const [one, two] = await hosts()
    const config = { ...CIFS, password: PASSWORD }
    const made = await api.call('operator', createBackend, 'POST', {
      body: { name: `share-${++number}`, type: 'cifs', config },
    })
    const backend = made.data(BackendView)
    const body = { name: `share-${number}`, backend_id: backend.id, host_ids: [one.hostId, two.hostId] }
    const mount = (await api.call('operator', create, 'POST', { body, headers: WAIT })).data(MountView)
    return { backend, mount, one, two }
  }
  const set = (id: string, hostId: string, config: unknown) =>
    api.call('operator', put, 'PUT', { params: { id, hostId }, body: { config }, headers: WAIT })
  const change = (id: string, config: object) =>
    api.call('operator', patchBackend, 'PATCH', { params: { id }, body: { config: { ...CIFS, ...config } } })
  const sentTo = (agent: FakeAgent, mountId: string) =>
    agent.calls
      .filter((call) => call.operation === 'applyMount')
      .map((call) => call.request as { mount: { mountId: string; backend: { config: object; secrets: object } } })
      .findLast((request) => request.mount.mountId === mountId)?.mount.backend
  const fieldsOf = (answer: Awaited<ReturnType<typeof set>>) => answer.problem().fields ?? []

  it('go there only after they were entered for it, and must be the ones of the backend', async () => {
    const { mount, one, two } = await make()
    const sent = one.calls.length
    const missing = await set(mount.id, one.hostId, { server: 'nas-b' })
    expect(missing.status).toBe(400)
    expect(fieldsOf(missing)).toEqual([
      {
        field: 'config.password',
        message:
          'Enter it again, since Server changed from nas-a to nas-b. A stored secret is used only where it was entered for.',
      },
    ])
    const wrong = await set(mount.id, one.hostId, { server: 'nas-b', password: 'another-fake-secret' })
    expect(fieldsOf(wrong)[0]).toMatchObject({
      field: 'config.password',
      message: expect.stringContaining('not what the backend has'),
    })
    expect(one.calls.slice(sent).filter((call) => call.operation === 'applyMount')).toEqual([])

    const good = await set(mount.id, one.hostId, { server: 'nas-b', password: PASSWORD })
    expect(good.body).toMatchObject({ operation: { status: 'succeeded' } })
    expect(sentTo(one, mount.id)).toMatchObject({ config: { server: 'nas-b' }, secrets: { password: PASSWORD } })
    expect(good.data(MountView).hosts.find((row) => row.host_id === one.hostId)?.overrides).toEqual({
      config: { server: 'nas-b' },
    })
    // What is no question of where is said without it, also beside the other address.
    expect((await set(mount.id, one.hostId, { server: 'nas-b', uid: 7 })).status).toBe(200)
    expect((await set(mount.id, two.hostId, { uid: 7 })).status).toBe(200)
    const entry = await database.prisma.auditEntry.findFirstOrThrow({
      where: { action: 'mount.overrides_set', targetId: mount.id },
      orderBy: { sequence: 'asc' },
    })
    expect(entry.change).toMatchObject({ after: { config: { server: 'nas-b' } }, secrets_entered: ['password'] })
    expect(JSON.stringify(entry.change)).not.toContain(PASSWORD)
  })

  it('go to each of several addresses, and to all of them when the backend gets a new one', async () => {
    const { backend, mount, one, two } = await make()
    await set(mount.id, one.hostId, { server: 'nas-b', password: PASSWORD })
    await set(mount.id, two.hostId, { server: 'nas-c', password: PASSWORD })
    // The first still has its own.
    expect((await set(mount.id, one.hostId, { server: 'nas-b', uid: 9 })).body).toMatchObject({
      operation: { status: 'succeeded' },
    })
    expect((await change(backend.id, { password: 'new-fake-secret' })).status).toBe(200)
    for (const [agent, server] of [
      [one, 'nas-b'],
      [two, 'nas-c'],
    ] as const) {
      await expect
        .poll(() => sentTo(agent, mount.id), { timeout: 40_000 })
        .toMatchObject({ config: { server }, secrets: { password: 'new-fake-secret' } })
    }
    // A port for all of them is another port for each of them.
    expect((await change(backend.id, { port: 1445 })).status).toBe(400)
    expect((await change(backend.id, { port: 1445, password: 'new-fake-secret' })).status).toBe(200)
    await expect
      .poll(() => sentTo(two, mount.id), { timeout: 40_000 })
      .toMatchObject({ config: { server: 'nas-c', port: 1445 } })
  })

  it('go with a copy of the mount, and no longer than until they are entered anew where the address is gone', async () => {
    const { backend, mount, one } = await make()
    await set(mount.id, one.hostId, { server: 'nas-b', password: PASSWORD })
    const copied = await api.call('operator', duplicate, 'POST', {
      params: { id: mount.id },
      body: { name: `copy-${number}`, do_mount: true },
      headers: WAIT,
    })
    expect(copied.body).toMatchObject({ operation: { status: 'succeeded' } })
    expect(sentTo(one, copied.data(MountView).id)).toMatchObject({ config: { server: 'nas-b' } })
    for (const id of [mount.id, copied.data(MountView).id])
      await api.call('operator', clear, 'DELETE', { params: { id, hostId: one.hostId }, headers: WAIT })
    await change(backend.id, { password: PASSWORD })
    expect((await set(mount.id, one.hostId, { server: 'nas-b' })).status).toBe(400)
  })

  it('are asked for where an override weakens how they are protected, and refused where nothing needs them', async () => {
    const { mount, one } = await make()
    expect(fieldsOf(await set(mount.id, one.hostId, { smb_version: '2.1' }))[0]?.message).toContain('Protocol version')
    expect(fieldsOf(await set(mount.id, one.hostId, { uid: 7, password: PASSWORD }))[0]?.message).toContain(
      'A secret is the same on every host',
    )
    const { backend: guest, mount: open } = await make()
    await change(guest.id, { auth: 'guest', username: null, password: null })
    expect((await set(open.id, one.hostId, { server: 'nas-b' })).status).toBe(200)
    const surplus = await set(open.id, one.hostId, { server: 'nas-c', password: PASSWORD })
    expect(fieldsOf(surplus)[0]?.message).toContain('The backend has no such secret')
  })

  it('are not lost between two who change an address and a secret at once', async () => {
    const { backend, mount, one, two } = await make()
    const answers = await Promise.all([
      set(mount.id, one.hostId, { server: 'nas-b', password: PASSWORD }),
      set(mount.id, two.hostId, { server: 'nas-c', password: PASSWORD }),
      change(backend.id, { password: PASSWORD, uid: 3 }),
    ])
    for (const { status } of answers) expect([200, 409]).toContain(status)
    const rows = await database.prisma.mountOnHost.findMany({ where: { mountId: mount.id } })
    for (const { hostId, overrides } of rows) {
      // Whoever was told that it is saved has it: the host gets the secret for its address, without it being entered again.
      const { config = {} } = (overrides ?? {}) as { config?: Record<string, unknown> }
      expect((await set(mount.id, hostId, { ...config, gid: 5 })).status).toBe(200)
    }
  })
})
