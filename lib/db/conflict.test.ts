import { expect, it } from 'vitest'
import { conflictOn, retryContention, uniqueViolation } from '@/lib/db/conflict'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

testDatabases('conflicts', (database) => {
  it('name the field that must be unique', async () => {
    const { prisma } = database
    const backend = await makeBackend(prisma)
    const again = conflictOn(
      () => makeBackend(prisma, { name: backend.name }),
      (field) => `Another backend has this ${field}.`,
    )
    await expect(again).rejects.toMatchObject({
      code: 'conflict',
      message: 'Another backend has this name.',
      fields: [{ field: 'name', message: 'Another backend has this name.' }],
    })
  })

  it('name the last field of a compound key, as the API writes it', async () => {
    const { prisma } = database
    const host = await makeHost(prisma)
    const mount = await makeMount(prisma, { hostIds: [host.id] })
    const insert = () => prisma.mountOnHost.create({ data: { mountId: mount.id, hostId: host.id } })
    // PostgreSQL reports a primary key by the name of its index, which does not tell the columns.
    const field = database.provider === 'sqlite' ? 'host_id' : 'id'
    await expect(conflictOn(insert, () => 'Taken.')).rejects.toMatchObject({ fields: [{ field, message: 'Taken.' }] })
  })

  it('are not made of other errors', async () => {
    const { prisma } = database
    const orphan = conflictOn(
      () => prisma.mountOnHost.create({ data: { mountId: 'mnt_none', hostId: 'hst_none' } }),
      () => 'never',
    )
    await expect(orphan).rejects.toMatchObject({ code: 'P2003' })
    expect(uniqueViolation(new Error('else'))).toBeUndefined()
  })

  it('between serialisable transactions are retried until each has counted', async () => {
    const { prisma } = database
    const host = await makeHost(prisma, { generation: 0 })
    const bump = () =>
      prisma.$transaction(
        async (tx) => {
          const { generation } = await tx.host.findUniqueOrThrow({ where: { id: host.id } })
          await tx.host.update({ where: { id: host.id }, data: { generation: generation + 1 } })
        },
        { isolationLevel: 'Serializable' },
      )
    await Promise.all(Array.from({ length: 4 }, () => retryContention(bump)))
    expect((await prisma.host.findUniqueOrThrow({ where: { id: host.id } })).generation).toBe(4)
  })

  it('give up as unavailable, and leave other failures alone', async () => {
    let calls = 0
    const busy = Object.assign(new Error('busy'), {
      meta: { driverAdapterError: { cause: { kind: 'SocketTimeout' } } },
    })
    const failing = retryContention(() => {
      calls += 1
      return Promise.reject(busy)
    })
    await expect(failing).rejects.toMatchObject({ code: 'unavailable', cause: busy })
    expect(calls).toBe(5)
    await expect(retryContention(() => Promise.reject(new Error('other')))).rejects.toThrow('other')
  })
})
