import { db, initDatabase } from '@/lib/db/client'
import { readEnv } from '@/lib/env'
import { newId } from '@/lib/ids'

/**
 * One Prisma query a call and nothing else: what the benchmark compares the API with. The routes that call it exist only in a
 * build made with HOLDFAST_BENCH=1.
 */
export async function bareList() {
  await initDatabase(readEnv())
  return db().backend.findMany()
}

export async function bareGet(id: string) {
  await initDatabase(readEnv())
  return db().backend.findUnique({ where: { id } })
}

export async function bareCreate(given: { name: string; type: string; config: object }) {
  await initDatabase(readEnv())
  return db().backend.create({
    data: { id: newId('backend'), name: given.name, driver: given.type, config: given.config, source: '' },
  })
}

export async function barePatch(id: string, given: { name: string }) {
  await initDatabase(readEnv())
  return db().backend.update({ where: { id }, data: { name: given.name } })
}
