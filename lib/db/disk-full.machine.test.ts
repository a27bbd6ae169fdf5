import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Database, openDatabase } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { migrateDatabase } from '@/lib/db/migrate'
import { toHoldfastError } from '@/lib/errors'
import { makeHost } from '@/testing/factories'
import { MIGRATIONS_DIRECTORY } from '@/testing/postgres-server'
import { makeSmallDisk, type SmallDisk } from '@/testing/small-disk'

let disk: SmallDisk
let database: Database
beforeEach(async () => {
  disk = makeSmallDisk(8 * 1024)
  const url = `file:${path.join(disk.path, 'holdfast.db')}`
  await migrateDatabase({ url, directory: MIGRATIONS_DIRECTORY })
  database = await openDatabase(url)
})
afterEach(async () => {
  disk.free()
  await database.close()
  disk.remove()
})

it('tells each of many writers at once that the disk is full, and loses nothing that it acknowledged', async () => {
  const { prisma } = database
  const acknowledged: string[] = []
  let number = 0
  async function write(): Promise<string> {
    const name = `host-${number++}-${'x'.repeat(number % 3 === 0 ? 6000 : 300)}`
    try {
      if (number % 4 === 0) await makeHost(prisma, { name })
      else
        await retryContention(() =>
          prisma.$transaction(async (tx) => {
            await makeHost(tx, { name })
            if (number % 5 === 0) await tx.host.updateMany({ data: { labels: { of: name } } })
            await tx.host.count()
          }),
        )
      acknowledged.push(name)
      return 'written'
    } catch (error) {
      const known = toHoldfastError(error)
      return known.code
    }
  }
  const said = new Set<string>()
  for (let round = 0; round < 40; round++) {
    if (round % 4 === 1) disk.fill()
    if (round % 4 === 3) disk.free()
    for (const answer of await Promise.all(Array.from({ length: 8 }, write))) said.add(answer)
  }
  expect([...said].sort()).toEqual(['disk_full', 'written'])
  const kept = (await prisma.host.findMany({ select: { name: true } })).map(({ name }) => name)
  expect(new Set(kept)).toEqual(new Set(acknowledged))
})
