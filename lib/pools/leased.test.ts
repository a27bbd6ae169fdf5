import pLimit from 'p-limit'
import { expect, it, vi } from 'vitest'
import { PATCH as patchPool, GET as readPoolRoute } from '@/app/api/v1/storage/pools/[id]/route'
import { POST as makeVolumeRoute } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { POST as growRoute } from '@/app/api/v1/volumes/[id]/resize/route'
import { DELETE as dropVolume } from '@/app/api/v1/volumes/[id]/route'
import { KEEPER_LEASE_MS, KEEPER_SETTLES_MS } from '@/lib/agent-protocol/pools'
import { elect, findPools } from '@/lib/controller/pools/pool-care-repository'
import { restoredPools } from '@/lib/controller/resources/pools/restore'
import { PoolView } from '@/lib/pools/schema'
import { VolumeView } from '@/lib/volumes/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'
import { SimulatedStorages } from '@/testing/simulated-storages'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 120_000 })

const WAIT = { prefer: 'wait=20' }
const THICK = {
  portal: '192.0.2.1:3260',
  target: 'iqn.2023-01.com.example:a',
  lun: 1,
  volume_group: 'vg0',
  provisioning: 'thick',
}

testDatabases('pools of a LUN that several hosts write to', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let counter = 0

  async function hosts(count: number): Promise<FakeAgent[]> {
    const storages = new SimulatedStorages()
    const named = Array.from({ length: count }, (_, index) => ({ name: `l-${++counter}-${index}`, labels: {} }))
    const agents = await fleet().addHosts(named, { storages })
    await waitFor('all hosts', async () => {
      const online = { id: { in: agents.map(({ hostId }) => hostId) }, observedStatus: 'online' as const }
      return (await database.prisma.host.count({ where: online })) === count
    })
    return agents
  }
  async function make(agents: readonly FakeAgent[]): Promise<PoolView> {
    const backend = await makeBackend(database.prisma, { driver: 'iscsi-lvm', config: THICK, source: 'iscsi' })
    const host_ids = agents.map(({ hostId }) => hostId)
    const body = { name: `leased-${++counter}`, backend_id: backend.id, host_ids }
    const answer = await api.call('operator', makePool, 'POST', { body, headers: WAIT })
    expect(answer.status, answer.text).toBe(201)
    return answer.data(PoolView)
  }
  const read = async (id: string) => (await api.call('viewer', readPoolRoute, 'GET', { params: { id } })).data(PoolView)
  const volume = (id: string, name: string) =>
    api.call('operator', makeVolumeRoute, 'POST', { params: { id }, body: { name, size: '4 MiB' }, headers: WAIT })
  const ask = (id: string, name: string) =>
    api.call('operator', makeVolumeRoute, 'POST', { params: { id }, body: { name, size: '4 MiB' } })
  const drop = async (id: string) => {
    const answer = await api.call('operator', dropVolume, 'DELETE', { params: { id }, headers: WAIT })
    return { status: answer.status, text: answer.text }
  }
  const lend = () => fleet().controller.poolCare.look()
  const kept = (agent: FakeAgent | undefined) => agent?.simulatedPools.leases.kept()
  const row = (id: string) => database.prisma.pool.findUniqueOrThrow({ where: { id } })

  it('are open on all of them, and one of them is lent the right to change what the others read', async () => {
    const agents = await hosts(2)
    const pool = await make(agents)
    expect(pool).toMatchObject({ phase: 'READY', sharing: 'shared', keeper: { id: agents[0]?.hostId } })
    expect([kept(agents[0]), kept(agents[1])]).toEqual([[pool.id], []])
    const made = volume(pool.id, 'disk')
    await lend()
    expect((await made).status).toBe(201)
    const { lentTo, lentUntil } = await row(pool.id)
    expect(lentTo).toBe(agents[0]?.hostId)
    expect(lentUntil?.getTime()).toBeGreaterThan(Date.now())
    expect(lentUntil?.getTime()).toBeLessThanOrEqual(Date.now() + KEEPER_LEASE_MS)
  })

  it('are lent as soon as their keeper is opening them', async () => {
    const agents = await hosts(2)
    // Without the look of every five seconds.
    const look = vi.spyOn(fleet().controller.poolCare, 'look').mockResolvedValue()
    const pool = await make(agents)
    await waitFor('the loan', async () => (await row(pool.id)).lentTo === agents[0]?.hostId)
    look.mockRestore()
  })

  it('keep all of 100 volumes that are asked for at once', { tags: 'full', timeout: 600_000 }, async () => {
    const agents = await hosts(2)
    const pool = await make(agents)
    const atOnce = pLimit(8)
    const answers = Promise.all(Array.from({ length: 100 }, (_, at) => atOnce(() => ask(pool.id, `v-${at}`))))
    await lend()
    expect([...new Set((await answers).map(({ status, text }) => (status === 202 ? 202 : text)))]).toEqual([202])
    await waitFor('all of them', async () => (await read(pool.id)).volume_count === 100, 60_000)
    await waitFor(
      'their ends',
      async () => (await database.prisma.volume.count({ where: { poolId: pool.id, phase: 'ready' } })) === 100,
      60_000,
    )
    expect(agents[0]?.simulatedPools.volumes.list()).toHaveLength(100)
  })

  it('are lent to the next keeper when the one before has let go, or when its time must be over', async () => {
    const agents = await hosts(2)
    const pool = await make(agents)
    await lend()
    await waitFor('the loan', async () => (await row(pool.id)).lentTo === agents[0]?.hostId)
    await agents[0]?.goOffline({ keepPort: true })
    await waitFor('the loss of a host', async () => (await read(pool.id)).phase === 'DEGRADED', 30_000)
    const { controller } = fleet()
    // Twice each time: one may have been under way already, and know less.
    await controller.poolCare.look()
    await controller.poolCare.look()
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 61_000)
    await controller.poolCare.look()
    await controller.poolCare.look()
    vi.restoreAllMocks()
    expect((await read(pool.id)).keeper?.id).toBe(agents[1]?.hostId)
    await waitFor('the wish there', () => kept(agents[1])?.includes(pool.id) ?? false)
    // It is the keeper, and may not begin yet: the one before may still write.
    await lend()
    await lend()
    expect((await row(pool.id)).lentTo).toBe(agents[0]?.hostId)
    const waiting = volume(pool.id, 'late')
    const past = new Date(Date.now() - KEEPER_SETTLES_MS - 1_000)
    await database.prisma.pool.update({ where: { id: pool.id }, data: { lentUntil: past } })
    await waitFor('its loan', async () => {
      await lend()
      return (await row(pool.id)).lentTo === agents[1]?.hostId
    })
    expect((await waiting).status).toBe(201)
    // Back again, the first hears that it is the keeper no more, and is asked for nothing.
    await agents[0]?.comeBack()
    await waitFor('the news', () => kept(agents[0])?.length === 0, 30_000)
    await waitFor('both', async () => (await read(pool.id)).phase === 'READY', 30_000)
  })

  it('tell a keeper that has not heard of it yet, before its first work there', async () => {
    const agents = await hosts(2)
    const pool = await make(agents)
    const [cared] = await findPools(database.prisma, pool.id)
    if (cared === undefined) throw new Error('no pool')
    expect(await database.prisma.$transaction((tx) => elect(tx, cared, agents[1]?.hostId ?? ''))).toEqual([])
    expect(kept(agents[1])).toEqual([])
    const made = await volume(pool.id, 'first')
    expect(made.status, made.text).toBe(201)
    expect(made.data(VolumeView).host_id).toBe(agents[1]?.hostId)
  })

  it('pass at once to another keeper where the one before leaves in good order', async () => {
    const agents = await hosts(2)
    const pool = await make(agents)
    await lend()
    await waitFor('the loan', async () => (await row(pool.id)).lentTo === agents[0]?.hostId)
    const body = { host_ids: [agents[1]?.hostId] }
    const answer = await api.call('operator', patchPool, 'PATCH', { params: { id: pool.id }, body, headers: WAIT })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.data(PoolView).keeper?.id).toBe(agents[1]?.hostId)
    await waitFor('the loan', async () => {
      await lend()
      return (await row(pool.id)).lentTo === agents[1]?.hostId
    })
    expect((await volume(pool.id, 'disk')).status).toBe(201)
  })

  it('do nothing to a volume that is active on another host, or that one was lost with', async () => {
    const agents = await hosts(2)
    const pool = await make(agents)
    const made = volume(pool.id, 'disk')
    await lend()
    const { id } = (await made).data(VolumeView)
    agents[1]?.simulatedPools.override(pool.id, { activeVolumes: [id] })
    await waitFor('the news', async () => {
      const stored = await database.prisma.poolOnHost.findFirst({ where: { hostId: agents[1]?.hostId ?? '' } })
      return Array.isArray(stored?.activeVolumes) && stored.activeVolumes.includes(id)
    })
    expect(await drop(id)).toMatchObject({ status: 409, text: expect.stringContaining(`is active on host 'l-`) })
    const grown = await api.call('operator', growRoute, 'POST', {
      params: { id },
      body: { size: '8 MiB' },
      headers: WAIT,
    })
    expect(grown.text).toContain('is active on host')
    agents[1]?.simulatedPools.override(pool.id, { activeVolumes: [] })
    await waitFor('the news', async () => {
      const stored = await database.prisma.poolOnHost.findFirst({ where: { hostId: agents[1]?.hostId ?? '' } })
      return Array.isArray(stored?.activeVolumes) && stored.activeVolumes.length === 0
    })
    // As after work that the second host was lost with.
    const hostId = agents[1]?.hostId ?? ''
    const lost = await database.prisma.operation.findFirstOrThrow({
      where: { kind: 'volume.work', targetId: id, status: 'failed' },
    })
    await database.prisma.operationHost.updateMany({ where: { operationId: lost.id }, data: { hostId } })
    expect(await drop(id)).toMatchObject({ status: 409, text: expect.stringContaining('when it was lost') })
    await database.prisma.operation.updateMany({
      where: { status: 'failed' },
      data: { finishedAt: new Date(Date.now() - 120_000) },
    })
    expect(await drop(id)).toMatchObject({ status: 200 })
  })

  it('give no blocks away that another host has begun to write to since it told last', async () => {
    const agents = await hosts(2)
    const pool = await make(agents)
    const made = volume(pool.id, 'disk')
    await lend()
    const { id } = (await made).data(VolumeView)
    expect(await drop(id)).toMatchObject({ status: 200 })
    const purge = () => api.call('admin', dropVolume, 'DELETE', { params: { id }, query: 'purge=true', headers: WAIT })
    agents[1]?.simulatedPools.activate(pool.id, [id])
    const refused = await purge()
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining(`is active on host 'l-`)])
    expect(agents[0]?.simulatedPools.volumes.list()).toHaveLength(1)
    agents[1]?.simulatedPools.activate(pool.id, [])
    expect((await purge()).status).toBe(200)
    expect(agents[0]?.simulatedPools.volumes.list()).toEqual([])
  })

  it('go above the numbers that a restored database does not know, and wait for a keeper that it does not know either', async () => {
    const agents = await hosts(2)
    const pool = await make(agents)
    await lend()
    await waitFor('the loan', async () => (await row(pool.id)).lentTo === agents[0]?.hostId)
    const ahead = [{ hostId: agents[1]?.hostId ?? '', id: pool.id, generation: 40 }]
    await database.prisma.$transaction((tx) => restoredPools.raise(tx, ahead))
    const rows = await database.prisma.poolOnHost.findMany({ where: { poolId: pool.id } })
    expect(rows.map(({ desiredGeneration }) => desiredGeneration)).toEqual([41, 41])
    await lend()
    expect((await row(pool.id)).lentTo).toBe('')
  })
})
