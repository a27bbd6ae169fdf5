import { beforeEach, expect, it } from 'vitest'
import { dayOf } from '@/lib/availability/days'
import { AvailabilityCare } from '@/lib/controller/monitoring/availability-care'
import type { Prisma } from '@/lib/db/client'
import { newId } from '@/lib/ids'
import { createLog } from '@/lib/log'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

const MINUTE = 60_000
const START = Date.parse('2026-11-29T23:50:00Z')
const at = (minutes: number) => new Date(START + minutes * MINUTE)
const [FIRST, SECOND] = [dayOf(at(0)), dayOf(at(10))]

testDatabases('availability', (database) => {
  const lead = { isLeader: true }
  const make = () =>
    new AvailabilityCare({
      prisma: database.prisma,
      log: createLog('controller', 'error', (line) => expect.fail(line)),
      isLeader: () => lead.isLeader,
    })
  /** Looks every minute, as long as it takes. */
  async function watch(from: number, until: number, care = make()) {
    for (let minute = from; minute <= until; minute++) await care.look(at(minute))
  }
  const days = async () =>
    (await database.prisma.healthDay.findMany({ orderBy: [{ reachId: 'asc' }, { day: 'asc' }] })).map(
      ({ day, wellSeconds, failingSeconds, outages }) => [day, wellSeconds / 60, failingSeconds / 60, outages],
    )
  beforeEach(async () => {
    const { prisma } = database
    await prisma.setting.deleteMany()
    await prisma.maintenanceWindow.deleteMany()
    await prisma.mount.deleteMany()
    await prisma.backend.deleteMany()
    await prisma.host.deleteMany()
    lead.isLeader = true
  })
  async function place() {
    const { prisma } = database
    const host = await makeHost(prisma, { observedStatus: 'online' })
    const backend = await makeBackend(prisma)
    const mount = await makeMount(prisma, { backendId: backend.id, hostIds: [host.id] })
    const show = (data: Prisma.MountOnHostUncheckedUpdateInput) =>
      prisma.mountOnHost.updateMany({ where: { mountId: mount.id }, data })
    await show({ observedState: 'mounted', observedGeneration: 1 })
    return { host, backend, mount, show }
  }

  it('counts what works and what does not, by day, with each outage', async () => {
    const { show } = await place()
    const care = make()
    await watch(0, 4, care)
    await show({ observedState: 'hung', observedError: 'It does not answer.' })
    await watch(5, 6, care)
    await show({ observedState: 'mounted', observedError: null })
    await watch(7, 12, care)
    // 23:50 to 23:55, to 23:57, to midnight; what comes after it is counted with the next change, or the next day.
    expect(await days()).toEqual([[FIRST, 8, 2, 1]])
    await show({ observedState: 'absent', observedGeneration: 1 })
    await care.look(at(13))
    expect(await days()).toEqual([
      [FIRST, 8, 2, 1],
      [SECOND, 3, 0, 0],
    ])
    // Somebody has taken it away, which says nothing of the storage.
    await watch(14, 16, care)
    expect(await days()).toHaveLength(2)
  })

  it('knows nothing of the time in which nobody looked, nor while the host is away', async () => {
    const { host, show } = await place()
    await watch(-600, -598)
    // Another controller, an hour later.
    const other = make()
    await watch(-540, -538, other)
    await database.prisma.host.update({ where: { id: host.id }, data: { observedStatus: 'offline' } })
    await watch(-537, -530, other)
    await show({ observedState: 'hung', observedError: 'It does not answer.' })
    await database.prisma.host.update({ where: { id: host.id }, data: { observedStatus: 'online' } })
    await watch(-529, -528, other)
    await database.prisma.mountOnHost.deleteMany()
    await other.look(at(-527))
    expect(await days()).toEqual([[FIRST, 5, 2, 0]])
    expect(await database.prisma.reach.findMany()).toMatchObject([{ health: 0 }])
  })

  it('counts nothing of what is under maintenance, and leaves it to the controller that leads', async () => {
    const { prisma } = database
    const { backend, show } = await place()
    await watch(-600, -599)
    const timing = { repeat: 'once', from: at(-598).toISOString(), until: at(-590).toISOString() }
    await prisma.maintenanceWindow.create({
      data: {
        id: newId('maintenance'),
        reason: 'New disks',
        subjects: [{ kind: 'backend', id: backend.id }],
        timing,
        endsAt: at(-590),
        by: 'test',
        byId: 'test',
      },
    })
    await show({ observedState: 'hung', observedError: 'It does not answer.' })
    await watch(-598, -591)
    expect(await days()).toEqual([[FIRST, 2, 0, 0]])
    await show({ observedState: 'mounted', observedError: null })
    lead.isLeader = false
    await watch(-590, -589)
    expect(await prisma.reach.findMany()).toMatchObject([{ health: 0 }])
  })

  it('takes the worst of several mounts, and connections too', async () => {
    const { prisma } = database
    const { host, backend } = await place()
    const broken = await makeMount(prisma, { backendId: backend.id, hostIds: [host.id] })
    await prisma.mountOnHost.updateMany({
      where: { mountId: broken.id },
      data: { observedState: 'error', observedError: 'Refused.' },
    })
    const block = await makeBackend(prisma, { driver: 'iscsi-lvm', config: {} })
    const connection = { backendId: block.id, hostId: host.id, desiredGeneration: 1 } as const
    await prisma.backendOnHost.create({ data: { ...connection, desired: 'connected', observedState: 'connected' } })
    await watch(-600, -600)
    const rows = await prisma.reach.findMany()
    expect(rows.map(({ backendId, health }) => [backendId === block.id, health]).toSorted()).toEqual([
      [false, 2],
      [true, 1],
    ])
  })

  it('forgets days that count no more', async () => {
    const { prisma } = database
    await place()
    const care = make()
    await watch(-600, -600, care)
    const { id: reachId } = await prisma.reach.findFirstOrThrow()
    const row = { reachId, wellSeconds: 1, failingSeconds: 0, outages: 0 }
    await prisma.healthDay.createMany({ data: [30, 29].map((ago) => ({ ...row, day: FIRST - ago })) })
    expect(await care.prune(at(0))).toEqual({ healthDays: 1 })
  })
})
