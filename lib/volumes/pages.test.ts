import Sqlite from 'better-sqlite3'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { systemActor } from '@/lib/auth/actor'
import type { PrismaClient } from '@/lib/db/client'
import { SqliteConnection } from '@/lib/db/sqlite-connection'
import { newId } from '@/lib/ids'
import { listVolumes } from '@/lib/volumes/service'
import { useTestApi } from '@/testing/api'
import { type TestDatabaseHandle, testDatabases, useTestDatabase } from '@/testing/database'
import { makeBackend } from '@/testing/factories'

const GIB = 1024 ** 3
const ACTOR = systemActor('test')

/** `a`, `b`, … of these sizes in GiB, each a second younger than the one before. */
async function addVolumes(prisma: PrismaClient, sizes: readonly number[]): Promise<string> {
  const backend = await makeBackend(prisma)
  const poolId = newId('pool')
  await prisma.pool.create({ data: { id: poolId, name: poolId, backendId: backend.id, settings: {} } })
  const mode = { phase: 'ready', format: 'qcow2', provisioning: 'thin' } as const
  for (const [n, size] of sizes.entries()) {
    const name = String.fromCharCode(97 + n)
    const createdAt = new Date(Date.UTC(2026, 0, 1, 0, 0, n))
    const sizeBytes = BigInt(size * GIB)
    await prisma.volume.create({
      data: { id: newId('volume'), poolId, name, nameKey: name, sizeBytes, createdAt, ...mode },
    })
  }
  return poolId
}

testDatabases('pages of volumes', (database) => {
  useTestApi(database)

  it.each([
    ['name', 'abcde'],
    ['-name', 'edcba'],
    ['-size', 'badec'],
    ['created', 'abcde'],
  ] as const)('go on where the one before ended, by %s, without those in the trash', async (sort, names) => {
    const poolId = await addVolumes(database.prisma, [4, 5, 1, 3, 2, 9])
    await database.prisma.volume.updateMany({ where: { poolId, name: 'f' }, data: { phase: 'trashed' } })
    const seen: string[] = []
    for (let cursor: string | undefined = '0'; cursor !== undefined; ) {
      const page = await listVolumes(ACTOR, { sort, cursor, limit: 2, pool_id: [poolId] })
      expect(page.total).toBe(5)
      seen.push(...page.data.map(({ name }) => name))
      cursor = page.nextCursor
    }
    expect(seen.join('')).toBe(names)
  })
})

describe('a page of many volumes', () => {
  const database = useTestDatabase()
  useTestApi(database)
  afterEach(() => vi.restoreAllMocks())

  it.each(['name', '-size', 'created'] as const)('is found by an index alone, by %s', async (sort) => {
    await addVolumes(database.prisma, [1, 2, 3])
    const spy = vi.spyOn(SqliteConnection.prototype, 'query')
    const { data } = await listVolumes(ACTOR, { sort, cursor: '1', limit: 2 })
    expect(data).toHaveLength(2)
    const ordered = spy.mock.calls.flatMap(([{ sql }]) => (/`phase` <> .* ORDER BY/.test(sql) ? [sql] : []))
    expect(ordered).toHaveLength(1)
    expect(planOf(database, ordered[0] ?? '')).toEqual([expect.stringContaining('USING COVERING INDEX')])
  })
})

/** What SQLite does for a statement, step by step. */
function planOf({ url }: TestDatabaseHandle, sql: string): string[] {
  const file = new Sqlite(url.replace('file:', ''), { readonly: true })
  const plan = file.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
  const steps = plan.all(...Array.from(sql.matchAll(/\?/g), () => 1)).map(({ detail }) => detail)
  file.close()
  return steps
}
