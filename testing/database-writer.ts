import { createInterface } from 'node:readline'
import { openDatabase, type PrismaClient } from '@/lib/db/client'
import { newId } from '@/lib/ids'

// A process of its own that writes to the database given as its argument, as much as it can, and prints the id of a row only
// after the write was acknowledged. It begins on the line `go <number of rows>`. `lib/db/durability.test.ts` kills it.

const WRITERS = 8

function row() {
  const id = newId('backend')
  return { id, name: id, driver: 'local-dir', config: { path: '/srv' }, source: '/srv' }
}

/** Alone, in a transaction of its own, or beside a nested write that fails: a rollback may take nothing else with it. */
async function writeOne(prisma: PrismaClient, turn: number): Promise<string> {
  const data = row()
  if (turn % 3 === 0) await prisma.$transaction((tx) => tx.backend.create({ data }))
  else if (turn % 3 === 1) await prisma.backend.create({ data })
  else {
    const nothing = prisma.mount.create({
      data: {
        ...{ id: newId('mount'), name: newId('mount'), mountPoint: '/mnt/x' },
        backend: { create: row() },
        hosts: { create: [{ hostId: 'hst_none' }] },
      },
    })
    const [kept, lost] = await Promise.allSettled([prisma.backend.create({ data }), nothing])
    if (kept.status === 'rejected') throw kept.reason
    if (lost.status === 'fulfilled') throw new Error('a row that refers to no host was accepted')
  }
  return data.id
}

async function write(prisma: PrismaClient, rows: number): Promise<void> {
  let turn = 0
  let longestMs = 0
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      while (turn < rows) {
        const startedAt = performance.now()
        const id = await writeOne(prisma, turn++)
        longestMs = Math.max(longestMs, performance.now() - startedAt)
        process.stdout.write(`${id}\n`)
      }
    }),
  )
  process.stdout.write(`done ${Math.round(longestMs)}\n`)
}

const { prisma, close } = await openDatabase(process.argv[2] ?? '')
process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  await write(prisma, Number(line.split(' ')[1]))
  break
}
await close()
