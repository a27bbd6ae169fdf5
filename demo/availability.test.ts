import { describe, expect, it } from 'vitest'
import { fillAvailability } from '@/demo/availability'
import { firstDay, WINDOW_DAYS } from '@/lib/availability/days'
import { findFailedLately } from '@/lib/availability/repository'
import { AvailabilityCare } from '@/lib/controller/monitoring/availability-care'
import { createLog } from '@/lib/log'
import { useTestDatabase } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

describe('the availability of the storages in the demo', () => {
  const database = useTestDatabase()

  it('has a past of 30 days, which the controller goes on with', async () => {
    const { prisma } = database
    const now = new Date('2026-11-30T12:00:00Z')
    const host = await makeHost(prisma, { observedStatus: 'online' })
    for (const name of ['office-files', 'scratch']) {
      const backend = await makeBackend(prisma, { name })
      const mount = await makeMount(prisma, { backendId: backend.id, hostIds: [host.id] })
      await prisma.mountOnHost.updateMany({ where: { mountId: mount.id }, data: { observedState: 'mounted' } })
    }
    await fillAvailability(prisma, now)
    expect(await prisma.healthDay.count()).toBe(2 * WINDOW_DAYS)
    const { _sum } = await prisma.healthDay.aggregate({ _sum: { wellSeconds: true, failingSeconds: true } })
    expect((_sum.wellSeconds ?? 0) + (_sum.failingSeconds ?? 0)).toBe(2 * 29.5 * 86_400)
    expect(await findFailedLately(firstDay(now), now, prisma)).toMatchObject([
      { name: 'office-files', failingSeconds: 95 * 60, hosts: 1 },
    ])
    const log = createLog('controller', 'error', (line) => expect.fail(line))
    const care = new AvailabilityCare({ prisma, log, isLeader: () => true })
    await care.look(new Date(now.getTime() + 30_000))
    expect(await prisma.reach.findMany()).toMatchObject([{ health: 1 }, { health: 1 }])
    expect(await care.prune(now)).toEqual({ healthDays: 0 })
  })
})
