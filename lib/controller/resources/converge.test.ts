import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { useTestDatabase } from '@/testing/database'
import { makeMount } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { SimulatedStorages } from '@/testing/simulated-storages'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

/** The full run has 200. */
const HOSTS = Number(process.env.HOLDFAST_FLEET_HOSTS ?? 60)
const LIMIT_MS = 60_000

/** `npm run bench fleet` does the same with 1,000 hosts, and measures. */
describe('a fleet of which a fifth is away', () => {
  const database = useTestDatabase()
  const storages = new SimulatedStorages()
  let fleet: TestFleet
  let agents: FakeAgent[] = []
  const away = () => agents.filter((_, index) => index % 5 === 0)
  const present = () => agents.filter((_, index) => index % 5 !== 0)

  beforeAll(async () => {
    fleet = await startTestFleet(database, { sweep: { intervalMs: 1_000, timeoutMs: 2_000 } })
    agents = await fleet.addHosts(
      Array.from({ length: HOSTS }, (_, index) => ({ name: `node-${index}` })),
      { storages },
    )
  })
  afterAll(() => fleet.stop())

  const isMounted = (mountId: string) => (agent: FakeAgent) =>
    agent.mounts().some((mount) => mount.mountId === mountId && mount.state === 'mounted')
  const has = (mountId: string) => (agent: FakeAgent) => agent.mounts().some((mount) => mount.mountId === mountId)
  const statusOf = ({ hostId }: FakeAgent) => fleet.controller.directory.get(hostId)?.status
  const waitForAll = (what: string, hosts: FakeAgent[], check: (agent: FakeAgent) => boolean) =>
    waitFor(what, () => hosts.every(check), LIMIT_MS)

  async function bury(id: string): Promise<void> {
    const hosts = { updateMany: { where: {}, data: { removed: true, desiredGeneration: { increment: 1 } } } }
    await database.prisma.mount.update({ where: { id }, data: { deletedAt: new Date(), hosts } })
    for (const { hostId } of agents) fleet.controller.reconciler.poke(hostId)
  }

  test('a mount for all, and a removal, reach the others at once and the rest when it returns', async () => {
    const { prisma } = database
    await waitForAll('every host to be online', agents, (agent) => statusOf(agent) === 'online')
    const old = await makeMount(prisma, { targets: 'all' })
    await fleet.controller.reconciler.settle()
    await waitForAll('the first mount', agents, isMounted(old.id))

    await Promise.all(away().map((agent) => agent.goOffline()))
    await waitForAll('a fifth to be offline', away(), (agent) => statusOf(agent) === 'offline')
    const late = await makeMount(prisma, { targets: 'all' })
    await fleet.controller.reconciler.settle()
    await bury(old.id)
    await waitForAll('the others', present(), (agent) => isMounted(late.id)(agent) && !has(old.id)(agent))
    expect(away().filter(has(late.id))).toEqual([])
    // The tombstone stays until the last host has let go.
    await waitFor(
      'the tombstones of those who are away',
      async () => {
        const left = await prisma.mountOnHost.count({ where: { mountId: old.id } })
        return left === away().length
      },
      LIMIT_MS,
    )
    expect(present().map(statusOf)).not.toContain('offline')

    await Promise.all(away().map((agent) => agent.comeBack()))
    await waitForAll('all hosts', agents, (agent) => isMounted(late.id)(agent) && !has(old.id)(agent))
    await waitFor(
      'the removed mount to be forgotten',
      async () => {
        return (await prisma.mount.findUnique({ where: { id: old.id } })) === null
      },
      LIMIT_MS,
    )
    await waitFor(
      'every row',
      async () => {
        const where = { mountId: late.id, observedState: 'mounted', attempts: 0 } as const
        return (await prisma.mountOnHost.count({ where })) === HOSTS
      },
      LIMIT_MS,
    )
  })

  test('a storage that dies shows on every host as not answering, and heals by itself', async () => {
    const mount = await database.prisma.mount.findFirstOrThrow({ include: { backend: true } })
    const count = (observedState: 'hung' | 'mounted') =>
      database.prisma.mountOnHost.count({ where: { mountId: mount.id, observedState } })
    storages.set(mount.backend.source, 'dead')
    await waitFor('the news of all hosts', async () => (await count('hung')) === HOSTS, LIMIT_MS)
    storages.set(mount.backend.source, 'healthy')
    await waitFor('the good news', async () => (await count('mounted')) === HOSTS, LIMIT_MS)
  })
})
