import { expect, it } from 'vitest'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'

testDatabases('acknowledgements of causes that are gone', (database) => {
  useTestApi(database)
  const fleet = useTestFleet(database)

  it('are deleted by the controller that leads, when they were gone for five minutes', async () => {
    const { prisma } = database
    const { controller } = fleet()
    const row = { causeId: 'cau_gone', severity: 'critical', by: 'anna', byId: 'usr_1', at: new Date() }
    await prisma.acknowledgement.create({ data: row })
    await expect.poll(() => controller.leadership.isLeader()).toBe(true)
    const now = Date.now()
    const after = async (minutes: number) => {
      await controller.alertCare.look(new Date(now + minutes * 60_000))
      return prisma.acknowledgement.count()
    }
    expect([await after(0), await after(4), await after(5)]).toEqual([1, 1, 0])
  })
})
