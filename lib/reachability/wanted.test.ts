import { expect, it } from 'vitest'
import { AvailabilityCare } from '@/lib/controller/monitoring/availability-care'
import { createLog } from '@/lib/log'
import { wantChecks } from '@/lib/reachability/wanted'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

const ALL = { backendIds: null, hostIds: null, usedOnly: false }

testDatabases('checks that are asked for', (database) => {
  it('may be asked for by several at the same moment, while availability is counted', async () => {
    const { prisma } = database
    const hosts = await Promise.all(Array.from({ length: 20 }, () => makeHost(prisma, { observedStatus: 'online' })))
    const backend = await makeBackend(prisma, { driver: 'nfs', config: { server: 'nas', export_path: '/films' } })
    await makeMount(prisma, { backendId: backend.id, hostIds: hosts.map(({ id }) => id) })
    await prisma.mountOnHost.updateMany({ data: { observedState: 'mounted' } })
    const log = createLog('controller', 'error', (line) => expect.fail(line))
    const care = new AvailabilityCare({ prisma, log, isLeader: () => true })
    const now = new Date()
    const asked = () => wantChecks(prisma, ALL, now)
    const [first, second] = await Promise.all([asked(), asked(), care.look(now)])
    expect([first, second]).toEqual([20, 20])
    expect(await prisma.reach.count({ where: { wantedAt: now } })).toBe(20)
    await care.look(new Date(now.getTime() + 30_000))
    expect(await prisma.reach.count({ where: { health: 1 } })).toBe(20)
  })
})
