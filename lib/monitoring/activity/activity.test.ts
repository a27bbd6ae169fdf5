import { expect, it } from 'vitest'
import { GET as ofMount } from '@/app/api/v1/storage/mounts/[id]/activity/route'
import { ActivityHistory } from '@/lib/controller/monitoring/activity-history'
import { createLog } from '@/lib/log'
import { type Activity, activityOf, sumsOf, type Waits } from '@/lib/monitoring/activity/samples'
import { MountActivity } from '@/lib/monitoring/activity/schema'
import { DAY_MS, MINUTE_MS } from '@/lib/monitoring/steps'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeHost, makeMount } from '@/testing/factories'

const IO = {
  of: 'mount',
  readBytesPerSecond: 1_000,
  writtenBytesPerSecond: 0,
  operationsPerSecond: 10,
  responseMs: 2,
} as const
const fast: Activity = { seconds: 300, latencyMs: { mean: 2, most: 5 }, io: IO }
const slow: Activity = {
  seconds: 100,
  latencyMs: { mean: 42, most: 900 },
  io: { ...IO, readBytesPerSecond: 5_000, operationsPerSecond: 2, responseMs: 50 },
}

it('gives back what was measured, and what is not known as not known', () => {
  for (const activity of [fast, slow, { seconds: 60, latencyMs: null, io: null }]) {
    const { latencyMs, io } = activityOf(sumsOf(activity))
    expect({ latencyMs, io }).toEqual({ latencyMs: activity.latencyMs, io: activity.io })
  }
  // Nothing happened, which is known: nothing waited.
  const idle = { ...IO, readBytesPerSecond: 0, operationsPerSecond: 0, responseMs: null }
  expect(activityOf(sumsOf({ ...fast, io: idle })).io).toEqual(idle)
})

testDatabases('how fast mounts were', (database) => {
  const api = useTestApi(database)
  // Noon of yesterday: a whole hour and a whole day lie before and after it.
  const NOON = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS / 2
  const at = (minutes: number) => new Date(NOON + minutes * MINUTE_MS)
  const lead = { isLeader: true }
  const makeHistory = () =>
    new ActivityHistory({
      prisma: database.prisma,
      log: createLog('controller', 'error', (line) => expect.fail(line)),
      isLeader: () => lead.isLeader,
    })
  async function mounted(...names: string[]) {
    const hosts = await Promise.all(names.map((name) => makeHost(database.prisma, { name })))
    const { id } = await makeMount(database.prisma, { hostIds: hosts.map((host) => host.id) })
    return { id, hostIds: hosts.map((host) => host.id) }
  }
  const tell = (mountId: string, hostId = '', asOf: Date, activity?: Activity, pending?: Waits) =>
    database.prisma.mountOnHost.update({
      where: { mountId_hostId: { mountId, hostId } },
      data: {
        observedState: 'mounted',
        usage: {
          totalBytes: null,
          usedBytes: null,
          ...(activity && { activity }),
          ...(pending && { pending }),
          asOf: asOf.toISOString(),
        },
      },
    })
  const read = async (id: string, query = 'range=7d') =>
    (await api.call('viewer', ofMount, 'GET', { params: { id }, query })).data(MountActivity).history

  it('are kept once, as means over each stretch with the longest look', async () => {
    const { id, hostIds } = await mounted('one')
    const history = makeHistory()
    const stored: number[] = []
    for (const [minutes, activity] of [
      [1, fast],
      [1, fast],
      [6, slow],
      [11, undefined],
      [70, fast],
    ] as const) {
      await tell(id, hostIds[0], at(minutes), activity)
      stored.push(await history.look(at(minutes + 1)))
    }
    expect(stored).toEqual([1, 0, 1, 0, 1])
    // Another controller knows of nothing that is stored, and adds none of it again.
    expect(await makeHistory().look(at(72))).toBe(1)
    const { points, of, host, step_seconds } = await read(id)
    expect([of, host?.name, step_seconds]).toEqual(['mount', 'one', 3_600])
    expect(points.map((point) => Date.parse(point.at) - NOON)).toEqual([0, 60 * MINUTE_MS])
    expect(points[0]).toMatchObject({
      // 300 s of 2 ms and 100 s of 42 ms.
      latency_ms: { mean: 12, most: 900 },
      // 300 s of 1,000 bytes and 100 s of 5,000; 3,000 operations of 2 ms and 200 of 50 ms.
      io: { read_bytes_per_second: 2_000, written_bytes_per_second: 0, operations_per_second: 8, response_ms: 5 },
    })
    expect(points[1]).toMatchObject({ latency_ms: { mean: 2, most: 5 }, io: { operations_per_second: 10 } })
    expect((await read(id, 'range=1y')).points).toHaveLength(1)
  })

  it('are unknown where nobody looked and nothing counts, and a gap where nothing was told', async () => {
    const { id, hostIds } = await mounted('fuse')
    expect((await read(id)).points).toEqual([])
    await tell(id, hostIds[0], at(1), { seconds: 300, latencyMs: fast.latencyMs, io: null })
    await makeHistory().look(at(2))
    await tell(id, hostIds[0], at(130), { seconds: 300, latencyMs: null, io: null })
    await makeHistory().look(at(131))
    const { points, of } = await read(id)
    expect(of).toBeNull()
    expect(points).toEqual([
      { at: at(0).toISOString(), latency_ms: fast.latencyMs, io: null, uploads: null },
      { at: at(120).toISOString(), latency_ms: null, io: null, uploads: null },
    ])
  })

  it('have the most that waited to be uploaded and that the cache held, where it is told', async () => {
    const { id, hostIds } = await mounted('bucket')
    const looks: [number, Waits | undefined][] = [
      [1, { files: 3, bytes: null, cacheBytes: 5_000 }],
      [2, { files: 12, bytes: 700, cacheBytes: 4_000 }],
      [3, undefined],
      [4, { files: 0, bytes: 0 }],
      [65, { files: 0, bytes: null, cacheBytes: 100 }],
      [125, undefined],
    ]
    for (const [minutes, pending] of looks) {
      await tell(id, hostIds[0], at(minutes), fast, pending)
      await makeHistory().look(at(minutes))
      // Another controller stores the same once more.
      await makeHistory().look(at(minutes))
    }
    const { points } = await read(id)
    expect(points.map(({ uploads }) => uploads)).toEqual([
      { waiting_files: 12, waiting_bytes: 700, cache_bytes: 5_000 },
      { waiting_files: 0, waiting_bytes: null, cache_bytes: 100 },
      null,
    ])
    const [day] = (await read(id, 'range=1y')).points
    expect(day?.uploads).toEqual({ waiting_files: 12, waiting_bytes: 700, cache_bytes: 5_000 })
  })

  it('are told of the host that waits longest, or of the one that is asked for', async () => {
    const { id, hostIds } = await mounted('a-quick', 'b-slow')
    const now = new Date()
    await tell(id, hostIds[0], now, fast)
    await tell(id, hostIds[1], now, { ...slow, io: { ...slow.io, of: 'disk' } as Activity['io'] })
    await makeHistory().look(now)
    const first = await read(id, '')
    expect([first.host?.name, first.of, first.hosts.map(({ name }) => name)]).toEqual([
      'b-slow',
      'disk',
      ['a-quick', 'b-slow'],
    ])
    expect((await read(id, `host_id=${hostIds[0]}`)).points[0]?.latency_ms?.mean).toBe(2)
    expect((await read(id, 'host_id=hst_other')).points).toEqual([])
    expect((await api.call('viewer', ofMount, 'GET', { params: { id: 'mnt_none' } })).status).toBe(404)
  })

  it('are left to the controller that leads, and go with their mount', async () => {
    const { id, hostIds } = await mounted('gone')
    await tell(id, hostIds[0], at(1), fast)
    lead.isLeader = false
    expect(await makeHistory().look(at(2))).toBe(0)
    lead.isLeader = true
    const history = makeHistory()
    await history.look(at(2))
    const count = () => database.prisma.activityPoint.count()
    const before = await count()
    const later = new Date(Date.now() + 2 * DAY_MS)
    // The finest are older than they are kept, and the others are not.
    expect(await history.prune(later)).toMatchObject({ activityPoints: expect.any(Number) })
    expect(await database.prisma.activityPoint.count({ where: { step: 5 } })).toBe(0)
    expect(await count()).toBeLessThan(before)
    await database.prisma.mount.deleteMany()
    await history.prune(later)
    expect([await count(), await database.prisma.activitySeries.count()]).toEqual([0, 0])
  })
})
