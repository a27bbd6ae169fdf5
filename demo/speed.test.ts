import { describe, expect, it, vi } from 'vitest'
import { fillSpeed } from '@/demo/speed'
import { ActivityHistory } from '@/lib/controller/monitoring/activity-history'
import { createLog } from '@/lib/log'
import { ACTIVITY_STEPS } from '@/lib/monitoring/activity/samples'
import { slotOf } from '@/lib/monitoring/steps'
import { useTestDatabase } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

vi.setConfig({ testTimeout: 60_000 })

describe('the speed of mounts in the demo', () => {
  const database = useTestDatabase()

  it('has a past up to now, which the controller keeps and goes on with', async () => {
    const { prisma } = database
    const now = new Date()
    const host = await makeHost(prisma)
    const backend = await makeBackend(prisma, { driver: 'nfs', config: {} })
    await makeMount(prisma, { backendId: backend.id, hostIds: [host.id] })
    await fillSpeed(prisma, now)
    for (const step of ACTIVITY_STEPS) {
      const where = { step: step.minutes }
      const { _max } = await prisma.activityPoint.aggregate({ where, _max: { slot: true } })
      expect(_max.slot).toBe(slotOf(now, step) - step.minutes)
    }
    const log = createLog('controller', 'error', (line) => expect.fail(line))
    const history = new ActivityHistory({ prisma, log, isLeader: () => true })
    expect(await history.prune(now)).toEqual({ activityPoints: 0, activitySeries: 0 })
  })
})
