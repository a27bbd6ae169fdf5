import { afterEach, describe, expect, it } from 'vitest'
import { DELETE as deleteBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as abandon } from '@/app/api/v1/storage/mounts/[id]/abandon/route'
import { DELETE, GET as getOne, PATCH } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as unmount } from '@/app/api/v1/storage/mounts/[id]/unmount/route'
import { POST as create } from '@/app/api/v1/storage/mounts/route'
import { POST as plan } from '@/app/api/v1/storage/plans/route'
import { MountView } from '@/lib/mounts/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'

const HEADERS = { prefer: 'wait=20' }

/** Every way in which a mount can be in error on a host, with what can be done about it: it goes whatever is wrong with it. */
testDatabases('a mount that never came about', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  const agents: FakeAgent[] = []
  const hosts = async () => {
    while (agents.length < 2) agents.push(await fleet().addHost())
    return agents as [FakeAgent, FakeAgent]
  }
  let number = 0
  const make = async (over: Record<string, unknown> = {}) => {
    const [one] = await hosts()
    const backend = await makeBackend(database.prisma)
    const body = { name: `never-${++number}`, backend_id: backend.id, host_ids: [one.hostId], ...over }
    const made = await api.call('operator', create, 'POST', { body, headers: HEADERS })
    if (made.status < 300) return made.data(MountView)
    const { id } = await database.prisma.mount.findUniqueOrThrow({ where: { name: body.name } })
    return get(id)
  }
  const get = async (id: string) => (await api.call('viewer', getOne, 'GET', { params: { id } })).data(MountView)
  const isGone = async (id: string) => (await api.call('viewer', getOne, 'GET', { params: { id } })).status === 404
  afterEach(async () => {
    const [one] = await hosts()
    one.setFault(null)
    await one.comeBack()
  })

  /** The host answers every wish with this; what it is asked to let go of it lets go. */
  const refusing = (code: 'conflict' | 'policy_denied' | 'tool_missing' | 'backend_unreachable' | 'unsupported') => ({
    what: `the host says ${code}`,
    async bring() {
      const [one] = await hosts()
      one.setFault({ kind: 'refuse', code, message: 'Not here.' }, 'applyMount')
      return make()
    },
  })

  const TROUBLES: { what: string; bring(): Promise<MountView> }[] = [
    ...(['conflict', 'policy_denied', 'tool_missing', 'backend_unreachable', 'unsupported'] as const).map(refusing),
    {
      what: 'its secret cannot be opened',
      async bring() {
        const backend = await makeBackend(database.prisma, {
          driver: 'cifs',
          config: { server: 'nas.example', share: 'films', username: 'anna' },
          secrets: { create: { field: 'password', sealed: 'damaged', fingerprint: '00000000' } },
        })
        return make({ backend_id: backend.id })
      },
    },
    {
      what: 'another mount has its place on the host',
      async bring() {
        const [one] = await hosts()
        const place = `/mnt/taken-${number}`
        await make({ mount_point: place })
        await database.prisma.host.update({ where: { id: one.hostId }, data: { labels: { taken: 'yes' } } })
        const byLabel = { targets: 'labels', target_labels: { taken: 'yes' }, host_ids: undefined }
        return make({ mount_point: place, ...byLabel })
      },
    },
  ]

  describe.each(TROUBLES)('because $what', ({ bring }) => {
    const troubled = async () => {
      const mount = await bring()
      const seen = await get(mount.id)
      expect(['error', 'waiting', 'not_mounted', 'unknown']).toContain(seen.hosts[0]?.status)
      expect(seen.status).not.toBe('mounted')
      return mount
    }

    it('can be deleted, and then its backend', async () => {
      const { id, backend } = await troubled()
      const answer = await api.call('operator', DELETE, 'DELETE', { params: { id }, headers: HEADERS })
      expect(answer.body).toMatchObject({ data: { status: 'succeeded' } })
      expect(await isGone(id)).toBe(true)
      const gone = await api.call('operator', deleteBackend, 'DELETE', { params: { id: backend.id } })
      expect(gone.status).toBeLessThan(300)
    })

    it('can be unmounted, and is not tried again', async () => {
      const [one] = await hosts()
      const { id } = await troubled()
      const answer = await api.call('operator', unmount, 'POST', { params: { id }, headers: HEADERS })
      expect(answer.body).toMatchObject({ data: { status: 'succeeded' } })
      expect(await get(id)).toMatchObject({ status: 'unmounted', hosts: [{ status: 'unmounted', error: null }] })
      const asked = one.calls.length
      await fleet().controller.reconciler.look(one.hostId)
      expect(one.calls.slice(asked).map(({ operation }) => operation)).not.toContain('applyMount')
      expect((await get(id)).status).toBe('unmounted')
    })

    it('can be abandoned, and then deleted', async () => {
      const [one] = await hosts()
      const { id } = await troubled()
      const options = { params: { id }, body: { host_ids: [one.hostId] }, headers: HEADERS }
      expect((await api.call('admin', abandon, 'POST', options)).body).toMatchObject({ data: { status: 'succeeded' } })
      await api.call('operator', DELETE, 'DELETE', { params: { id }, headers: HEADERS })
      expect(await isGone(id)).toBe(true)
    })

    it('can be taken to another host', async () => {
      const [, two] = await hosts()
      const { id } = await troubled()
      await api.call('operator', PATCH, 'PATCH', {
        params: { id },
        body: { targets: 'hosts', host_ids: [two.hostId] },
        headers: HEADERS,
      })
      await expect.poll(async () => (await get(id)).hosts.map((row) => row.host_id)).toEqual([two.hostId])
    })
  })

  it('goes from the list of a host that is away when an administrator abandons it, and not before', async () => {
    const [one] = await hosts()
    await one.goOffline()
    await expect.poll(() => fleet().controller.directory.get(one.hostId)?.status, { timeout: 20_000 }).toBe('offline')
    const { id, backend } = await make()
    await api.call('operator', DELETE, 'DELETE', { params: { id }, headers: HEADERS })
    expect(await get(id)).toMatchObject({ removing: true })
    const options = { params: { id }, body: { host_ids: [one.hostId] }, headers: HEADERS }
    expect((await api.call('operator', abandon, 'POST', options)).status).toBe(403)
    expect((await api.call('admin', abandon, 'POST', options)).body).toMatchObject({ data: { status: 'succeeded' } })
    expect(await isGone(id)).toBe(true)
    expect((await api.call('operator', deleteBackend, 'DELETE', { params: { id: backend.id } })).status).toBe(200)
  })

  it('stays on the list of a host that is away and has had it', async () => {
    const [one] = await hosts()
    const { id } = await make()
    await one.goOffline()
    await expect.poll(() => fleet().controller.directory.get(one.hostId)?.status, { timeout: 20_000 }).toBe('offline')
    await api.call('operator', DELETE, 'DELETE', { params: { id }, headers: HEADERS })
    const options = { params: { id }, body: { host_ids: [one.hostId] }, headers: HEADERS }
    expect((await api.call('admin', abandon, 'POST', options)).status).toBeGreaterThanOrEqual(400)
    expect(await get(id)).toMatchObject({ removing: true })
    await one.comeBack()
    await expect.poll(() => isGone(id), { timeout: 20_000 }).toBe(true)
  })

  it('whose removal the host refuses can be abandoned', async () => {
    const [one] = await hosts()
    const { id } = await make()
    one.setFault({ kind: 'refuse', code: 'busy', message: 'Held.' }, 'removeMount')
    expect((await api.call('operator', DELETE, 'DELETE', { params: { id }, headers: HEADERS })).problem().code).toBe(
      'busy',
    )
    one.setFault(null)
    const change = { host_ids: [one.hostId] }
    const planned = await api.call('admin', plan, 'POST', { body: { action: 'abandon', mount_id: id, change } })
    expect(planned.body).toMatchObject({ data: { hosts: [{ host_id: one.hostId, step: 'abandon' }] } })
    const options = { params: { id }, body: change, headers: HEADERS }
    expect((await api.call('admin', abandon, 'POST', options)).body).toMatchObject({ data: { status: 'succeeded' } })
    expect(await isGone(id)).toBe(true)
  })
})
