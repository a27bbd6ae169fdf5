import { expect, it } from 'vitest'
import { insertRows } from '@/lib/db/insert-rows'
import { inTransaction } from '@/lib/db/transaction'
import { newId } from '@/lib/ids'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeHost, makeMount } from '@/testing/factories'

testDatabases('inserting rows', (test) => {
  useTestApi(test)

  it('writes what createMany writes, defaults of the database included', async () => {
    const { prisma } = test
    const hosts = [await makeHost(prisma), await makeHost(prisma)]
    const [one, two] = [await makeMount(prisma), await makeMount(prisma)]
    const rowsOf = (mountId: string) =>
      hosts.map(({ id }) => ({ mountId, hostId: id, desiredState: 'unmounted' as const, removed: true, heldBy: null }))
    await prisma.mountOnHost.createMany({ data: rowsOf(one.id) })
    await inTransaction((tx) => insertRows(tx, 'MountOnHost', rowsOf(two.id)))
    const stored = (mountId: string) =>
      prisma.mountOnHost.findMany({ where: { mountId }, omit: { mountId: true }, orderBy: { hostId: 'asc' } })
    expect(await stored(two.id)).toHaveLength(2)
    expect(await stored(two.id)).toEqual(await stored(one.id))
  })

  it('takes no rows, and more than go into one statement', async () => {
    const { prisma } = test
    const id = newId('operation')
    await prisma.operation.create({ data: { id, kind: 'mount.apply', requestedBy: 'test' } })
    const rows = Array.from({ length: 1_201 }, (_, n) => ({
      operationId: id,
      at: new Date(n),
      kind: 'log',
      message: `line ${n}`,
    }))
    await inTransaction(async (tx) => {
      await insertRows(tx, 'OperationStep', [])
      await insertRows(tx, 'OperationStep', rows)
    })
    const stored = await prisma.operationStep.findMany({ where: { operationId: id }, orderBy: { id: 'asc' } })
    expect(stored.map(({ at, message }) => `${at.getTime()} ${message}`)).toEqual(
      rows.map(({ at, message }) => `${at.getTime()} ${message}`),
    )
  })
})
