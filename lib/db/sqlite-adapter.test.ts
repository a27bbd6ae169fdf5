import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { ColumnTypeEnum, type SqlDriverAdapter, type SqlQuery, type SqlResultSet } from '@prisma/driver-adapter-utils'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSqliteAdapter } from '@/lib/db/sqlite-adapter'

const sql = (text: string, ...args: unknown[]): SqlQuery => ({
  sql: text,
  args,
  argTypes: args.map(() => ({ scalarType: 'unknown', arity: 'scalar' })),
})

/** Ours gives times as milliseconds, the stock adapter as text; Prisma takes both. */
function withTimes(result: SqlResultSet) {
  const isTime = result.columnTypes.map((type) => type === ColumnTypeEnum.DateTime)
  const value = (cell: unknown, column: number) =>
    isTime[column] && (typeof cell === 'string' || typeof cell === 'number') ? new Date(cell).toISOString() : cell
  return { ...result, rows: result.rows.map((row) => row.map(value)) }
}

describe('SQLite adapter', () => {
  let directory = ''
  let path = ''
  let adapter: SqlDriverAdapter

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-adapter-'))
    path = join(directory, 'test.db')
    adapter = await createSqliteAdapter(path, 200).connect()
    await adapter.executeScript(
      `CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
       CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);`,
    )
  })
  afterEach(async () => {
    await adapter.dispose()
    await rm(directory, { recursive: true, force: true })
  })

  const insert = (id: number, name = `n${id}`) => sql('INSERT INTO parent (id, name) VALUES (?, ?)', id, name)
  async function ids(): Promise<unknown[]> {
    return (await adapter.queryRaw(sql('SELECT id FROM parent ORDER BY id'))).rows.flat()
  }
  const pragma = async (name: string) => (await adapter.queryRaw(sql(`PRAGMA ${name}`))).rows[0]?.[0]

  it('sets up the file so that nothing acknowledged is lost', async () => {
    expect(await pragma('journal_mode')).toBe('wal')
    expect(await pragma('synchronous')).toBe(2)
    expect(await pragma('trusted_schema')).toBe(0)
    expect(await pragma('cell_size_check')).toBe(1)
    expect(await pragma('foreign_keys')).toBe(1)
    expect(await pragma('query_only')).toBe(0)
    // The table-valued form is a SELECT, so it shows the connection for reading.
    const reader = await adapter.queryRaw(sql('SELECT query_only FROM pragma_query_only'))
    expect(reader.rows).toEqual([[1]])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('keeps other writes out of an open transaction, in order, and lets reads pass', async () => {
    const transaction = await adapter.startTransaction()
    await transaction.executeRaw(insert(1))
    const order: number[] = []
    const waiting = [2, 3, 4].map((id) => adapter.executeRaw(insert(id)).then(() => order.push(id)))
    expect(await ids()).toEqual([])
    await transaction.rollback()
    await Promise.all(waiting)
    expect(order).toEqual([2, 3, 4])
    expect(await ids()).toEqual([2, 3, 4])
  })

  it('sees its own writes inside a transaction, and everyone sees them after COMMIT', async () => {
    const transaction = await adapter.startTransaction('SERIALIZABLE')
    await transaction.executeRaw(insert(1))
    expect((await transaction.queryRaw(sql('SELECT count(*) FROM parent'))).rows).toEqual([[1]])
    await transaction.commit()
    expect(await ids()).toEqual([1])
  })

  it('ends transactions that wait for each other with one COMMIT, and tells nobody before it', async () => {
    const first = await adapter.startTransaction()
    const second = adapter.startTransaction()
    const third = adapter.startTransaction()
    await first.executeRaw(insert(1))
    let isAcknowledged = false
    const committed = first.commit().then(() => (isAcknowledged = true))
    await (await second).executeRaw(insert(2))
    expect(isAcknowledged).toBe(false)
    expect(await ids()).toEqual([])
    await (await second).rollback()
    expect(isAcknowledged).toBe(false)
    await (await third).executeRaw(insert(3))
    await (await third).commit()
    await committed
    expect(await ids()).toEqual([1, 3])
  })

  it('waits for the disk once for many transactions', async () => {
    await adapter.queryRaw(sql('PRAGMA wal_checkpoint(TRUNCATE)'))
    const each = async (id: number) => {
      const transaction = await adapter.startTransaction()
      await transaction.executeRaw(insert(id))
      await transaction.commit()
    }
    await each(100)
    const one = (await stat(`${path}-wal`)).size
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(each))
    expect((await stat(`${path}-wal`)).size - one).toBeLessThan(4 * one)
    expect(await ids()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 100])
  })

  it('fails all that were in it when the COMMIT fails, and goes on', async () => {
    const first = await adapter.startTransaction()
    const second = adapter.startTransaction()
    await first.executeRaw(insert(1))
    const committed = expect(first.commit()).rejects.toMatchObject({ cause: { kind: 'ForeignKeyConstraintViolation' } })
    await (await second).executeRaw(sql('INSERT INTO child (id, parent) VALUES (1, 99)'))
    await expect((await second).commit()).rejects.toMatchObject({ cause: { kind: 'ForeignKeyConstraintViolation' } })
    await committed
    await adapter.executeRaw(insert(2))
    expect(await ids()).toEqual([2])
  })

  it('fails all that were in it when SQLite rolls back by itself, and goes on', async () => {
    const first = await adapter.startTransaction()
    const second = adapter.startTransaction()
    const third = adapter.startTransaction()
    await first.executeRaw(insert(1, 'same'))
    const lost = expect(first.commit()).rejects.toMatchObject({ cause: { kind: 'TransactionAlreadyClosed' } })
    const clash = sql('INSERT OR ROLLBACK INTO parent (id, name) VALUES (2, ?)', 'same')
    await expect((await second).executeRaw(clash)).rejects.toMatchObject({
      cause: { kind: 'UniqueConstraintViolation' },
    })
    await (await second).rollback()
    await expect(third).rejects.toMatchObject({ cause: { kind: 'TransactionAlreadyClosed' } })
    await lost
    const next = await adapter.startTransaction()
    await next.executeRaw(insert(4))
    await next.commit()
    expect(await ids()).toEqual([4])
  })

  it('rolls back for real when COMMIT fails, and goes on', async () => {
    const transaction = await adapter.startTransaction()
    await transaction.executeRaw(insert(1))
    await transaction.executeRaw(sql('INSERT INTO child (id, parent) VALUES (1, 99)'))
    await expect(transaction.commit()).rejects.toMatchObject({ cause: { kind: 'ForeignKeyConstraintViolation' } })
    await adapter.executeRaw(insert(2))
    expect(await ids()).toEqual([2])
  })

  it('runs nothing more of a transaction that SQLite has rolled back by itself', async () => {
    const transaction = await adapter.startTransaction()
    await transaction.executeRaw(insert(1, 'same'))
    const clash = sql('INSERT OR ROLLBACK INTO parent (id, name) VALUES (2, ?)', 'same')
    await expect(transaction.executeRaw(clash)).rejects.toMatchObject({ cause: { kind: 'UniqueConstraintViolation' } })
    await expect(transaction.executeRaw(insert(3))).rejects.toMatchObject({
      cause: { kind: 'TransactionAlreadyClosed' },
    })
    await expect(transaction.commit()).rejects.toMatchObject({ cause: { kind: 'TransactionAlreadyClosed' } })
    await adapter.executeRaw(insert(4))
    expect(await ids()).toEqual([4])
  })

  it('refuses what comes after the end of a transaction, and may be rolled back twice', async () => {
    const transaction = await adapter.startTransaction()
    await transaction.rollback()
    await transaction.rollback()
    await expect(transaction.executeRaw(insert(1))).rejects.toMatchObject({
      cause: { kind: 'TransactionAlreadyClosed' },
    })
    await expect(transaction.commit()).rejects.toMatchObject({ cause: { kind: 'TransactionAlreadyClosed' } })
    expect(await ids()).toEqual([])
  })

  it('undoes only what follows a savepoint', async () => {
    const transaction = await adapter.startTransaction()
    await transaction.executeRaw(insert(1))
    await transaction.createSavepoint?.('s1')
    await transaction.executeRaw(insert(2))
    await transaction.rollbackToSavepoint?.('s1')
    await transaction.releaseSavepoint?.('s1')
    await transaction.commit()
    expect(await ids()).toEqual([1])
  })

  it('sends statements that write to the writer, whatever they begin with', async () => {
    await adapter.queryRaw(sql(`WITH new (id) AS (VALUES (7)) INSERT INTO parent (id) SELECT id FROM new`))
    const returned = await adapter.queryRaw(sql('INSERT INTO parent (id) VALUES (8) RETURNING id, name'))
    expect(returned).toMatchObject({ columnNames: ['id', 'name'], rows: [[8, null]] })
    expect(await ids()).toEqual([7, 8])
  })

  it('waits for another process without stopping this one, then says that the file is busy', async () => {
    const other = new Sqlite(path)
    other.exec('BEGIN IMMEDIATE')
    let turns = 0
    const ticking = setInterval(() => turns++, 1)
    await expect(adapter.executeRaw(insert(1))).rejects.toMatchObject({ cause: { kind: 'SocketTimeout' } })
    await expect(adapter.startTransaction()).rejects.toMatchObject({ cause: { kind: 'SocketTimeout' } })
    clearInterval(ticking)
    expect(turns).toBeGreaterThan(5)
    const waiting = adapter.executeRaw(insert(2))
    expect(await ids()).toEqual([])
    other.exec('COMMIT')
    other.close()
    expect(await waiting).toBe(1)
    expect(await ids()).toEqual([2])
  })

  it('goes on answering when more statements are used than it keeps prepared', async () => {
    for (let i = 0; i < 700; i++) {
      const { rows } = await adapter.queryRaw(sql(`SELECT ${i % 350} AS value`))
      expect(rows).toEqual([[i % 350]])
    }
  })

  it('reads every kind of column as the stock adapter does', async () => {
    await adapter.executeScript(
      `CREATE TABLE kinds (i INTEGER, big BIGINT, r REAL, t TEXT, b BLOB, at DATETIME, ok BOOLEAN, j JSONB);
       INSERT INTO kinds VALUES
         (1, 9007199254740993, 1.5, 'ä', x'0102', '2026-01-02T03:04:05.678+00:00', 1, '{"a":1}'),
         (-1, 5, 2, '', x'', 1767323045678, 0, 'null'),
         (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);`,
    )
    const stock = await new PrismaBetterSqlite3({ url: `file:${path}` }).connect()
    const queries = [
      'SELECT * FROM kinds',
      'SELECT i, t FROM kinds',
      'SELECT count(*), max(i), sum(big), avg(r), min(t), NULL FROM kinds',
      "SELECT 1 + 1 AS two, 2.5 AS half, 'x' AS letter FROM kinds WHERE 0",
      'SELECT i * 1.0, big - 1, upper(t) FROM kinds WHERE i = 1',
    ]
    try {
      for (const query of queries)
        expect(withTimes(await adapter.queryRaw(sql(query)))).toEqual(withTimes(await stock.queryRaw(sql(query))))
    } finally {
      await stock.dispose()
    }
  })

  it('reads times that someone else wrote in another form', async () => {
    await adapter.executeScript(
      `CREATE TABLE times (at DATETIME);
       INSERT INTO times VALUES ('2026-01-02 03:04:05'), ('2026-01-02T03:04:05Z'), ('2026-01-02T05:04:05.000+02:00'),
         ('2026-13-99T03:04:05.678+00:00'), ('0099-01-02T03:04:05.678+00:00'), ('2026-01-02T03:04:05.678+00:00');`,
    )
    const { rows } = await adapter.queryRaw(sql('SELECT at FROM times'))
    expect(rows.flat()).toEqual([
      '2026-01-02 03:04:05',
      '2026-01-02T03:04:05Z',
      '2026-01-02T05:04:05.000+02:00',
      '2026-13-99T03:04:05.678+00:00',
      '0099-01-02T03:04:05.678+00:00',
      Date.parse('2026-01-02T03:04:05.678Z'),
    ])
  })

  it('stores every kind of argument as the stock adapter does', async () => {
    const stock = await new PrismaBetterSqlite3({ url: `file:${path}` }).connect()
    await adapter.executeScript('CREATE TABLE given (who TEXT, value)')
    const given: [unknown, SqlQuery['argTypes'][number]['scalarType']][] = [
      ['42', 'int'],
      ['9007199254740993', 'bigint'],
      [9_007_199_254_740_993n, 'bigint'],
      ['1.25', 'float'],
      ['3.5', 'decimal'],
      [true, 'boolean'],
      [false, 'boolean'],
      ['2026-01-02T03:04:05.678Z', 'datetime'],
      [new Date(0), 'datetime'],
      ['AQID', 'bytes'],
      ['{"a":1}', 'json'],
      ['text', 'string'],
      [null, 'string'],
      [7, 'int'],
    ]
    try {
      for (const [who, target] of [['ours', adapter] as const, ['stock', stock] as const])
        for (const [value, scalarType] of given)
          await target.executeRaw({
            sql: 'INSERT INTO given VALUES (?, ?)',
            args: [who, value],
            argTypes: [
              { scalarType: 'string', arity: 'scalar' },
              { scalarType, arity: 'scalar' },
            ],
          })
      const stored = async (who: string) =>
        (await adapter.queryRaw(sql('SELECT typeof(value), quote(value) FROM given WHERE who = ?', who))).rows
      expect(await stored('ours')).toEqual(await stored('stock'))
    } finally {
      await stock.dispose()
    }
  })
})
