import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { POST as ask } from '@/app/api/v1/monitoring/reachability/checks/route'
import { GET as matrix } from '@/app/api/v1/monitoring/reachability/route'
import { PATCH as change, GET as settings } from '@/app/api/v1/monitoring/reachability/settings/route'
import { GET as ofBackend } from '@/app/api/v1/storage/backends/[id]/reachability/route'
import { setProcessBus } from '@/lib/events/process-bus'
import { list } from '@/lib/http/envelope'
import { AskedView, ReachMatrix, ReachSettings, ReachView } from '@/lib/reachability/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { SimulatedStorages } from '@/testing/simulated-storages'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 })

/** Hosts have to be heard of first, which takes its time on a busy machine. */
const LONG_MS = 40_000

const NAS = { driver: 'nfs', config: { server: 'nas.example.org', export_path: '/films' }, source: 'nas:/films' }

testDatabases('how hosts reach storages', (database) => {
  const api = useTestApi(database)
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await startTestFleet(database, {
      reach: { everyMs: 50, retryMs: 3_600_000, unusedEveryMs: Number.POSITIVE_INFINITY },
    })
    setProcessBus(fleet.bus)
  })
  afterAll(() => fleet.stop())
  beforeEach(async () => {
    await database.prisma.reach.deleteMany()
    await database.prisma.mount.deleteMany()
    await database.prisma.backend.deleteMany()
    await database.prisma.host.updateMany({ data: { revokedAt: new Date() } })
  })

  const checks = async (body: object) => (await api.call('operator', ask, 'POST', { body })).data(AskedView).checks
  const reachOf = async (id: string) => {
    const { body } = await api.call('viewer', ofBackend, 'GET', { params: { id } })
    return list(ReachView).parse(body).data
  }
  const checked = (id: string, count: number) =>
    waitFor(
      'the checks',
      async () => {
        const rows = await reachOf(id)
        return rows.length === count && rows.every(({ waits, checked_at: at }) => !waits && at !== null) && rows
      },
      LONG_MS,
    )

  it('names the first layer that fails, keeps since when, and writes nothing', async () => {
    const storages = new SimulatedStorages()
    const [well, refused] = await fleet.addHosts([{ name: 'a-well' }, { name: 'b-refused' }], { storages })
    if (!well || !refused) throw new Error('no hosts')
    storages.set('nas.example.org', 'denied', refused.hostId)
    const backend = await makeBackend(database.prisma, NAS)
    await makeMount(database.prisma, { backendId: backend.id, hostIds: [well.hostId] })
    expect(await checks({ backend_ids: [backend.id] })).toBe(2)
    const [one, other] = await checked(backend.id, 2)
    expect(one).toMatchObject({ host: { name: 'a-well' }, failed_layer: null, message: null, outdated: false })
    expect(one?.layers.map(({ id }) => id)).toEqual([
      'tools',
      'name',
      'route',
      'tcp',
      'protocol',
      'target',
      'mount',
      'capacity',
      'unmount',
    ])
    expect(other).toMatchObject({ host: { name: 'b-refused' }, explanation: { id: expect.any(String) } })
    expect(other?.failed_layer).toBe(other?.layers.find(({ status }) => status === 'failed')?.id)
    expect(well.calls.find(({ operation }) => operation === 'testBackend')?.request).toMatchObject({ readsOnly: true })

    await checks({ backend_ids: [backend.id] })
    const again = (await checked(backend.id, 2))[1]
    expect(again?.since).toBe(other?.since)
    expect(Date.parse(again?.checked_at ?? '')).toBeGreaterThan(Date.parse(other?.checked_at ?? ''))
    storages.set('nas.example.org', 'healthy', refused.hostId)
    await checks({ host_ids: [refused.hostId] })
    const mended = await waitFor('the storage to be reached', async () =>
      (await reachOf(backend.id)).find(
        ({ host, failed_layer: failed }) => host.id === refused.hostId && failed === null,
      ),
    )
    expect(Date.parse(mended.since ?? '')).toBeGreaterThan(Date.parse(other?.since ?? ''))
    const tests = ({ calls }: typeof well) => calls.filter(({ operation }) => operation === 'testBackend').length
    expect([tests(well), tests(refused)], 'no check is made twice').toEqual([2, 3])

    await database.prisma.backend.update({ where: { id: backend.id }, data: { generation: 2 } })
    const shown = (await api.call('viewer', matrix, 'GET')).data(ReachMatrix)
    const cells = shown.cells.map(([host, , layer, , , , , waits, outdated, used]) => [
      shown.hosts[host]?.name,
      layer,
      waits,
      outdated,
      used,
    ])
    expect(cells.toSorted()).toEqual([
      ['a-well', null, 0, 1, 1],
      ['b-refused', null, 0, 1, 0],
    ])
  })

  it('never lets more hosts than it may at one server', async () => {
    await api.call('admin', change, 'PATCH', { body: { hosts_at_once: 2 } })
    let now = 0
    let most = 0
    const gates: (() => void)[] = []
    const testBackend = async () => {
      most = Math.max(most, ++now)
      await new Promise<void>((resolve) => gates.push(resolve))
      now--
      return { success: true, steps: [], usage: null }
    }
    const hosts = Array.from({ length: 6 }, (_, index) => ({ name: `many-${index}` }))
    await fleet.addHosts(hosts, { handlers: { testBackend } })
    const backend = await makeBackend(database.prisma, NAS)
    // The same machine, written otherwise.
    const other = await makeBackend(database.prisma, { ...NAS, config: { ...NAS.config, server: 'NAS.example.org' } })
    expect(await checks({})).toBe(12)
    for (let left = 12; left > 0; left--) {
      await waitFor('as many as may be', () => gates.length >= Math.min(2, left), LONG_MS)
      gates.shift()?.()
    }
    await Promise.all([checked(backend.id, 6), checked(other.id, 6)])
    expect(most).toBe(2)
  })

  it('waits for a host that does not answer, and says what a host refuses', async () => {
    const old = await fleet.addHost()
    old.setFault({ kind: 'refuse', code: 'invalid_input', message: 'readsOnly: not known.' }, 'testBackend')
    const away = await makeHost(database.prisma, { name: 'away', observedStatus: 'offline' })
    const backend = await makeBackend(database.prisma, NAS)
    expect(await checks({ backend_ids: [backend.id] })).toBe(2)
    await waitFor('the answer', async () =>
      (await reachOf(backend.id)).some(({ failed_layer: layer }) => layer !== null),
    )
    const rows = await reachOf(backend.id)
    expect(rows.find(({ host }) => host.id === away.id)).toMatchObject({ waits: true, checked_at: null })
    expect(rows.find(({ host }) => host.id === old.hostId)).toMatchObject({
      failed_layer: 'host',
      message: 'readsOnly: not known.',
    })
  })

  it('asks for all of it every night, and not for what nobody has on a host of its own', async () => {
    const { prisma } = database
    const agents = await fleet.addHosts([{ name: 'night-1' }, { name: 'night-2' }])
    const [first] = agents
    const shared = await makeBackend(prisma, NAS)
    const own = await makeBackend(prisma)
    await makeMount(prisma, { backendId: own.id, hostIds: [first?.hostId ?? ''] })
    await api.call('admin', change, 'PATCH', { body: { at: '03:30', time_zone: 'Europe/Vienna' } })
    const asked = async (at: string) => {
      await prisma.reach.deleteMany()
      const [key, value] = ['reachability_asked', '2027-07-01T12:00:00.000Z']
      await prisma.setting.upsert({ where: { key }, create: { key, value }, update: { value } })
      await fleet.controller.reachCare.look(new Date(at))
      return (await prisma.reach.findMany())
        .map(({ backendId }) => (backendId === own.id ? 'own' : 'shared'))
        .toSorted()
    }
    expect(await asked('2027-07-02T01:29:00Z')).toEqual([])
    // 3:30 in the summer of Vienna.
    expect(await asked('2027-07-02T01:31:00Z')).toEqual(['own', 'shared', 'shared'])
    expect(await asked('2027-07-02T09:00:00Z'), 'in the middle of the day').toEqual([])
    await api.call('admin', change, 'PATCH', { body: { nightly: 'used' } })
    expect(await asked('2027-07-02T01:31:00Z')).toEqual(['own'])
    await api.call('admin', change, 'PATCH', { body: { nightly: 'off' } })
    expect(await asked('2027-07-02T01:31:00Z')).toEqual([])
    expect((await api.call('viewer', settings, 'GET')).data(ReachSettings)).toMatchObject({
      nightly: 'off',
      at: '03:30',
    })
    expect(shared.id).not.toBe(own.id)
  })

  it('refuses what there is not', async () => {
    expect((await api.call('operator', ask, 'POST', { body: { host_ids: ['hst_none'] } })).status).toBe(400)
    expect((await api.call('viewer', ask, 'POST', { body: {} })).status).toBe(403)
    expect((await api.call('admin', change, 'PATCH', { body: { hosts_at_once: 0 } })).status).toBe(400)
    expect((await api.call('viewer', ofBackend, 'GET', { params: { id: 'bkd_none' } })).status).toBe(404)
  })
})
