import { expect, it } from 'vitest'
import { findChecked, findDueChecks } from '@/lib/controller/monitoring/reach-repository'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost } from '@/testing/factories'

testDatabases('checks that are due', (database) => {
  it('leaves out what was checked, or asked for once more, after it was read', async () => {
    const { prisma } = database
    const [host, backend] = [await makeHost(prisma, { observedStatus: 'online' }), await makeBackend(prisma)]
    const wantedAt = new Date('2026-11-30T02:00:00.123Z')
    await prisma.reach.create({ data: { hostId: host.id, backendId: backend.id, wantedAt } })
    const [due] = await findDueChecks(prisma, wantedAt)
    if (due === undefined) throw new Error('Nothing is due.')
    expect(await findChecked(prisma, due)).toMatchObject({ generation: backend.generation, isUsed: false })
    for (const later of [new Date(wantedAt.getTime() + 1), null]) {
      await prisma.reach.update({ where: { id: due.id }, data: { wantedAt: later } })
      expect(await findChecked(prisma, due)).toBeNull()
    }
  })
})
