import { expect, it } from 'vitest'
import { CapacityHistory } from '@/lib/controller/monitoring/capacity-history'
import { newId } from '@/lib/ids'
import { createLog } from '@/lib/log'
import { findPoints, findSeries } from '@/lib/monitoring/history-repository'
import { DAILY, DAY_MS, FINE, HOURLY, MINUTE_MS, STEPS } from '@/lib/monitoring/steps'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

const NOON = new Date('2026-11-30T12:00:00Z')
const at = (minutes: number) => new Date(NOON.getTime() + minutes * MINUTE_MS)

testDatabases('the history of room', (database) => {
  const lead = { isLeader: true }
  const makeHistory = () =>
    new CapacityHistory({
      prisma: database.prisma,
      log: createLog('controller', 'error', (line) => expect.fail(line)),
      isLeader: () => lead.isLeader,
    })
  const measure = (id: string, usageAt: Date, usedBytes: bigint | null, totalBytes: bigint | null = 1_000n) =>
    database.prisma.backend.update({ where: { id }, data: { usageAt, usedBytes, totalBytes, availableBytes: 100n } })
  const points = async (subjectId: string, step = FINE, now = at(300)) => {
    const series = await findSeries([subjectId], database.prisma)
    const ids = series.map(({ id }) => id)
    return findPoints(ids, step, new Date(now.getTime() - step.keptDays * DAY_MS), now, database.prisma)
  }
  const used = async (...given: Parameters<typeof points>) => (await points(...given)).map(({ usedBytes }) => usedBytes)

  it('keeps each measurement once, and of each hour and day the last, the least and the most', async () => {
    const { id } = await makeBackend(database.prisma, { driver: 'nfs', config: {} })
    const history = makeHistory()
    const looks: [number, bigint | null][] = [
      [0, 500n],
      [5, 900n],
      [5, 900n],
      [12, 300n],
      [17, null],
      [60, 400n],
    ]
    const stored: number[] = []
    for (const [minute, bytes] of looks) {
      await measure(id, at(minute), bytes)
      stored.push(await history.look(at(minute + 1)))
    }
    expect(stored).toEqual([1, 1, 0, 1, 0, 1])
    expect((await points(id)).map(({ slot, usedBytes }) => [slot * MINUTE_MS - NOON.getTime(), usedBytes])).toEqual([
      [0, 500n],
      [5 * MINUTE_MS, 900n],
      [10 * MINUTE_MS, 300n],
      [60 * MINUTE_MS, 400n],
    ])
    const hours = await points(id, HOURLY)
    expect(hours).toMatchObject([
      { usedBytes: 300n, leastUsedBytes: 300n, mostUsedBytes: 900n, totalBytes: 1_000n, availableBytes: 100n },
      { usedBytes: 400n, leastUsedBytes: 400n, mostUsedBytes: 400n },
    ])
    expect(await points(id, DAILY)).toMatchObject([{ usedBytes: 400n, leastUsedBytes: 300n, mostUsedBytes: 900n }])
    // A controller that starts anew knows of nothing that is stored, and changes none of it.
    expect(await makeHistory().look(at(62))).toBe(1)
    expect(await points(id, HOURLY)).toEqual(hours)
  })

  it('leaves it to the controller that leads', async () => {
    const { id } = await makeBackend(database.prisma, { driver: 'nfs', config: {} })
    await measure(id, at(0), 1n)
    lead.isLeader = false
    expect(await makeHistory().look(at(1))).toBe(0)
    lead.isLeader = true
    expect(await points(id)).toEqual([])
  })

  it('counts what hosts share once, what each has for itself by host, and what is different on a host as the mount’s', async () => {
    const { prisma } = database
    const history = makeHistory()
    await history.look(at(3))
    const [one, two, gone] = [
      await makeHost(prisma),
      await makeHost(prisma),
      await makeHost(prisma, { revokedAt: new Date() }),
    ]
    const local = await makeBackend(prisma)
    const mount = await makeMount(prisma, { backendId: local.id, hostIds: [one.id, two.id, gone.id] })
    const usage = (usedBytes: number | null, minute: number) => ({
      usedBytes,
      totalBytes: 900,
      availableBytes: null,
      fileCount: null,
      asOf: at(minute).toISOString(),
    })
    const seen = (hostId: string, figures: ReturnType<typeof usage>, overrides?: object) =>
      prisma.mountOnHost.update({
        where: { mountId_hostId: { mountId: mount.id, hostId } },
        data: { observedState: 'mounted', usage: figures, ...(overrides ? { overrides } : {}) },
      })
    // The clock of this host is ahead.
    await seen(one.id, usage(10, 90), { config: { noexec: true } })
    await seen(two.id, usage(20, 0), { config: { path: '/srv/other' } })
    await seen(gone.id, usage(30, 0))
    const poolOf = (backendId: string, id: string, keeperId: string | null) =>
      prisma.pool.create({
        data: {
          id,
          name: id.replace('_', '-'),
          backendId,
          keeperId,
          settings: {},
          hosts: {
            create: [
              { hostId: one.id, capacityAt: at(0), usedBytes: 1, totalBytes: 100, metadataPercent: 12.5 },
              { hostId: two.id, capacityAt: at(1), usedBytes: 2, totalBytes: 200 },
              { hostId: gone.id, capacityAt: at(2), usedBytes: 3, totalBytes: 300 },
            ],
          },
        },
      })
    const nfs = await makeBackend(prisma, { driver: 'nfs', config: {} })
    const own = await poolOf(local.id, 'pol_own', null)
    const kept = await poolOf(nfs.id, 'pol_kept', one.id)
    const newest = await poolOf(nfs.id, 'pol_newest', null)
    const volume = (poolId: string, hostId: string | null, sizeBytes: bigint) => {
      const id = newId('volume')
      const shape = { format: 'qcow2', provisioning: 'thin' } as const
      return prisma.volume.create({ data: { id, poolId, hostId, name: id, nameKey: id, sizeBytes, ...shape } })
    }
    for (const [hostId, size] of [
      [one.id, 50n],
      [one.id, 70n],
      [two.id, 500n],
    ] as const)
      await volume(own.id, hostId, size)
    for (const hostId of [one.id, null]) await volume(kept.id, hostId, 80n)
    expect(await history.look(at(3))).toBe(6)
    expect(await history.look(at(8))).toBe(0)

    const found = async (subjectId: string) => {
      const series = await findSeries([subjectId], prisma)
      const rows = await points(subjectId)
      return series.map(({ id, hostId }) => [hostId, rows.filter((row) => row.seriesId === id).map((r) => r.usedBytes)])
    }
    expect(await found(local.id)).toEqual([[one.id, [10n]]])
    expect((await points(local.id))[0]?.slot).toBe(at(0).getTime() / MINUTE_MS)
    expect(await found(mount.id)).toEqual([[two.id, [20n]]])
    expect((await found(own.id)).toSorted()).toEqual(
      [
        [one.id, [1n]],
        [two.id, [2n]],
      ].toSorted(),
    )
    expect(await found(kept.id)).toEqual([['', [1n]]])
    expect(await points(kept.id)).toMatchObject([{ metadataPercent: 12.5, totalBytes: 100n }])
    expect(await found(newest.id)).toEqual([['', [2n]]])
    const provisioned = async (id: string) =>
      (await points(id)).map((row) => row.provisionedBytes).toSorted((a, b) => Number((a ?? 0n) - (b ?? 0n)))
    expect(await provisioned(own.id)).toEqual([120n, 500n])
    expect(await provisioned(kept.id)).toEqual([160n])
    expect(await provisioned(newest.id)).toEqual([0n])
    expect(await provisioned(local.id)).toEqual([null])
  })

  it('deletes what is too old for its step, and all of what is gone, in more than one go', async () => {
    const { prisma } = database
    const history = makeHistory()
    await history.prune(at(0))
    const kept = await makeBackend(prisma, { driver: 'nfs', config: {} })
    const deleted = await makeBackend(prisma, { driver: 'nfs', config: {} })
    const ages = { [FINE.minutes]: [1, 3], [HOURLY.minutes]: [89, 91], [DAILY.minutes]: [1_824, 1_826] }
    for (const { id } of [kept, deleted]) await measure(id, at(0), 1n)
    await history.look(at(1))
    for (const { id } of [kept, deleted])
      for (const { id: seriesId } of await findSeries([id], prisma))
        await prisma.capacityPoint.createMany({
          data: STEPS.flatMap(({ minutes: step }) =>
            (ages[step] ?? []).map((days) => {
              const slot = Math.floor((NOON.getTime() - days * DAY_MS) / MINUTE_MS / step) * step
              return { step, slot, seriesId, usedBytes: days }
            }),
          ),
        })
    await prisma.backend.delete({ where: { id: deleted.id } })
    expect(await history.prune(at(1))).toEqual({ capacityPoints: 6, capacitySeries: 1 })
    expect(await findSeries([deleted.id], prisma)).toEqual([])
    const left = await Promise.all(STEPS.map((step) => used(kept.id, step, at(1))))
    expect(left).toEqual([
      [1n, 1n],
      [89n, 1n],
      [1_824n, 1n],
    ])
    const [series] = await findSeries([kept.id], prisma)
    expect(await prisma.capacityPoint.count({ where: { seriesId: series?.id ?? 0 } })).toBe(6)
    expect(await history.prune(at(1))).toEqual({ capacityPoints: 0, capacitySeries: 0 })
  })

  it('stores more than goes into one statement', async () => {
    const { prisma } = database
    const { id: hostless } = await makeBackend(prisma)
    const hosts = Array.from({ length: 450 }, (_, n) => ({
      id: `hst_many${n}`,
      name: `many-${n}`,
      address: '127.0.0.1:1',
      labels: {},
    }))
    await prisma.host.createMany({ data: hosts })
    const mount = await makeMount(prisma, { backendId: hostless })
    await prisma.mountOnHost.createMany({
      data: hosts.map(({ id: hostId }, n) => ({
        mountId: mount.id,
        hostId,
        observedState: 'mounted' as const,
        usage: { usedBytes: n, totalBytes: 2 ** 50, availableBytes: 5, fileCount: null, asOf: at(0).toISOString() },
      })),
    })
    await makeHistory().look(at(1))
    expect((await used(hostless)).toSorted((a, b) => Number(a - b))).toEqual(hosts.map((_, n) => BigInt(n)))
  })
})
