import Sqlite from 'better-sqlite3'
import { expect, it, vi } from 'vitest'
import { CommitGroup } from '@/lib/db/commit-group'
import { SqliteConnection } from '@/lib/db/sqlite-connection'

it('takes in who comes in the same turn of the event loop, after all others are done, and acknowledges nobody before', async () => {
  const raw = new Sqlite(':memory:')
  raw.exec('CREATE TABLE rows (id)')
  const release = vi.fn()
  const group = new CommitGroup(new SqliteConnection(raw), async () => {
    raw.exec('BEGIN IMMEDIATE')
    return release
  })
  const acknowledged: number[] = []
  const write = async (id: number) => {
    await group.join()
    raw.exec(`INSERT INTO rows VALUES (${id})`)
    return group.commit().then(() => acknowledged.push(id))
  }
  await group.join()
  raw.exec('INSERT INTO rows VALUES (1)')
  const first = group.commit().then(() => acknowledged.push(1))
  expect([group.takesMembers, raw.inTransaction]).toEqual([true, true])
  const second = write(2)
  await Promise.resolve()
  expect(acknowledged).toEqual([])
  await Promise.all([first, second])
  expect([acknowledged, raw.inTransaction, group.takesMembers]).toEqual([[1, 2], false, false])
  expect(release).toHaveBeenCalledTimes(1)
  expect(raw.prepare('SELECT count(*) AS count FROM rows').get()).toEqual({ count: 2 })
  raw.close()
})
