import { afterAll, describe, expect, test, vi } from 'vitest'
import { pace } from '@/e2e/lab/pace.mjs'
import { missingPostgres, useTestDatabase } from '@/testing/database'
import { makeMount } from '@/testing/factories'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

describe.skipIf(missingPostgres())('two controllers on one PostgreSQL database', () => {
  const database = useTestDatabase('postgresql')
  const fleets: TestFleet[] = []
  afterAll(async () => {
    for (const fleet of fleets.reverse()) await fleet.stop()
  })

  test('when the leader falls silent in mid-operation the other one finishes it, and the late answer changes nothing', async () => {
    // Never renews its lease: from its point of view it leads, until its own clock says otherwise.
    const silent = await startTestFleet(database, { leadership: { ttlMs: 2_500, renewMs: 1_000_000 } })
    fleets.push(silent)
    const agent = await silent.addHost()
    await waitFor('the host', () => silent.controller.directory.get(agent.hostId)?.status === 'online')
    agent.setFault({ kind: 'slow', delayMs: 8_000 * pace() }, 'applyMount')
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    const id = await silent.request('mount.apply', { mountId: mount.id, hostIds: [agent.hostId] }, [agent.hostId])
    await waitFor(
      'the claim',
      async () => (await database.prisma.operation.findUnique({ where: { id } }))?.attempt === 1,
    )
    const firstFence = silent.controller.leadership.fence()

    const other = await startTestFleet(database, {
      directory: silent.directory,
      leadership: { ttlMs: 2_500, renewMs: 200 },
      sweep: { intervalMs: 500 },
    })
    fleets.push(other)
    agent.setFault(null)
    const ended = await other.ended(id, 30_000)
    expect(ended).toMatchObject({ status: 'succeeded', attempt: 2 })
    expect(other.controller.leadership.fence()).toBeGreaterThan(firstFence)
    expect(silent.controller.leadership.isLeader()).toBe(false)
    await waitFor(
      'the late answer',
      () => silent.logged.some((line) => line.includes('Another controller')),
      30_000 * pace(),
    )
    expect(await other.ended(id)).toEqual(ended)
    expect(agent.mounts()).toMatchObject([{ mountId: mount.id, state: 'mounted' }])
  })
})

describe('news that is lost', () => {
  const database = useTestDatabase()

  test('a revocation holds although nobody said so', async () => {
    const fleet = await startTestFleet(database, { directoryMs: 300 })
    const agent = await fleet.addHost()
    await waitFor('the host', () => fleet.controller.directory.get(agent.hostId)?.status === 'online')
    await waitFor('the connections', () => agent.connections() > 0)
    await database.prisma.host.update({ where: { id: agent.hostId }, data: { revokedAt: new Date() } })
    await waitFor('the connections to be cut', () => agent.connections() === 0)
    expect(fleet.controller.directory.get(agent.hostId)).toBeUndefined()
    await fleet.stop()
  })
})
