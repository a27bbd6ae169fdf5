import { expect, it } from 'vitest'
import { newId } from '@/lib/ids'
import { findInTheWay } from '@/lib/rollouts/repository'
import { testDatabases } from '@/testing/database'
import { makeMount } from '@/testing/factories'

testDatabases('a rollout in the way', (test) => {
  const operation = (targetId: string, status: 'running' | 'paused' | 'succeeded', rollout?: object) =>
    test.prisma.operation.create({
      data: {
        id: newId('operation'),
        kind: 'mount.apply',
        requestedBy: 'test',
        targetId,
        targetName: 'shares',
        status,
        ...(rollout ? { rollout } : {}),
      },
    })

  it('is one of the mount or backend itself, of the backend below or of a mount above', async () => {
    const { prisma } = test
    const [mount, other] = [await makeMount(prisma), await makeMount(prisma)]
    const ofMount = await operation(mount.id, 'paused', { waves: [] })
    const expected = { id: ofMount.id, status: 'paused', targetName: 'shares' }
    expect(await findInTheWay(prisma, mount.id)).toEqual(expected)
    expect(await findInTheWay(prisma, mount.backendId)).toEqual(expected)
    expect(await findInTheWay(prisma, other.id)).toBeUndefined()
    expect(await findInTheWay(prisma, other.id, mount.id)).toEqual(expected)
    const ofBackend = await operation(other.backendId, 'running', { waves: [] })
    expect(await findInTheWay(prisma, other.id)).toMatchObject({ id: ofBackend.id })
    expect(await findInTheWay(prisma, mount.id)).toEqual(expected)
  })

  it('is none that is over, and no operation without waves', async () => {
    const { id } = await makeMount(test.prisma)
    await operation(id, 'succeeded', { waves: [] })
    await operation(id, 'running')
    expect(await findInTheWay(test.prisma, id)).toBeUndefined()
  })
})
