import { accessSync, closeSync, constants, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { type ColumnType, ColumnTypeEnum, type SqlQuery, type SqlResultSet } from '@prisma/driver-adapter-utils'
import Sqlite from 'better-sqlite3'
import {
  declaredColumnType,
  fromSqlite,
  inferColumnType,
  isSqliteBusy,
  toAdapterError,
  toSqlite,
} from '@/lib/db/sqlite-values'
import { sqliteDiskProblem } from '@/lib/disk-space'
import { HoldfastError } from '@/lib/errors'

const STATEMENT_CACHE_SIZE = 300
/** While a file is being opened, another process may hold it for a moment; this waits inside SQLite. */
const OPENING_TIMEOUT_MS = 5_000

interface CachedStatement {
  statement: Sqlite.Statement<unknown[]>
  /** The statement only reads (SQLite's own judgement). */
  readOnly: boolean
  columnNames: string[]
  columnTypes: (ColumnType | null)[]
  /** Columns whose values may need conversion; text needs none. */
  converted: number[]
}

/** One connection with its prepared statements. Preparing a statement costs more than running most of ours. */
export class SqliteConnection {
  readonly raw: Sqlite.Database
  readonly #statements = new Map<string, CachedStatement>()

  constructor(raw: Sqlite.Database) {
    this.raw = raw
  }

  prepare(sql: string): CachedStatement {
    const known = this.#statements.get(sql)
    if (known) {
      this.#statements.delete(sql)
      this.#statements.set(sql, known)
      return known
    }
    const prepared = describeStatement(this.raw.prepare<unknown[]>(sql))
    this.#statements.set(sql, prepared)
    if (this.#statements.size > STATEMENT_CACHE_SIZE) {
      for (const oldest of this.#statements.keys()) {
        this.#statements.delete(oldest)
        break
      }
    }
    return prepared
  }

  query({ sql, args, argTypes }: SqlQuery): SqlResultSet {
    const prepared = this.prepare(sql)
    const values = args.map((arg, index) => toSqlite(arg, argTypes[index]))
    if (!prepared.statement.reader) {
      prepared.statement.run(...values)
      return { columnNames: [], columnTypes: [], rows: [] }
    }
    const rows = prepared.statement.all(...values) as unknown[][]
    const columnTypes = prepared.columnTypes.map((type, column) => type ?? inferColumnType(rows, column))
    for (const column of prepared.converted) {
      const type = columnTypes[column]
      if (type === undefined) continue
      for (const row of rows) row[column] = fromSqlite(row[column], type)
    }
    return { columnNames: prepared.columnNames, columnTypes, rows }
  }

  /** The number of changed rows. */
  execute({ sql, args, argTypes }: SqlQuery): number {
    const { statement } = this.prepare(sql)
    const values = args.map((arg, index) => toSqlite(arg, argTypes[index]))
    if (statement.reader) return statement.all(...values).length
    return statement.run(...values).changes
  }
}

function describeStatement(statement: Sqlite.Statement<unknown[]>): CachedStatement {
  if (!statement.reader)
    return { statement, readOnly: statement.readonly, columnNames: [], columnTypes: [], converted: [] }
  const columns = statement.columns()
  const columnTypes = columns.map((column) => declaredColumnType(column.type))
  // Beyond 2^53 a JavaScript number is not exact: such columns, and expressions such as count(*), are read as bigint.
  const wide = columnTypes.some((type) => type === null || type === ColumnTypeEnum.Int64)
  statement.raw(true).safeIntegers(wide)
  return {
    statement,
    readOnly: statement.readonly,
    columnNames: columns.map((column) => column.name),
    columnTypes,
    converted: columnTypes.flatMap((type, index) => (type === ColumnTypeEnum.Text ? [] : [index])),
  }
}

/**
 * Opens (and creates, mode 0600: sessions and token hashes live in it) a database file with the settings everything here
 * relies on: WAL so that readers never wait for the writer, synchronous=FULL so that what was acknowledged survives a power
 * cut, enforced foreign keys. Throws `unavailable` with one sentence for a person.
 */
export function openSqliteFile(path: string, options: { readOnly?: boolean } = {}): Sqlite.Database {
  let raw: Sqlite.Database | undefined
  try {
    createIfMissing(path)
    raw = new Sqlite(path, { timeout: OPENING_TIMEOUT_MS })
    switchToWal(raw)
    raw.pragma('synchronous = FULL')
    raw.pragma('foreign_keys = ON')
    raw.pragma('journal_size_limit = 67108864')
    raw.pragma('cache_size = -16000')
    raw.pragma('temp_store = MEMORY')
    // Another process that may write the file must gain nothing in this one, which may be root's: what its schema brings along
    // (triggers, views) runs no function with effects, and pages are checked before they are used.
    raw.pragma('trusted_schema = OFF')
    raw.pragma('cell_size_check = ON')
    // Reads the schema, so that a damaged file shows here and not in the first request.
    raw.prepare('SELECT count(*) FROM sqlite_schema').get()
    if (options.readOnly) raw.pragma('query_only = ON')
    return raw
  } catch (error) {
    raw?.close()
    throw sqliteOpenError(path, error)
  }
}

/**
 * Makes the file if it is not there, so that SQLite finds it with our mode. A file that is there is never opened outside SQLite:
 * closing any descriptor of it drops every POSIX lock that this process holds on it, and the next program that reads the
 * database then takes itself for the only one and deletes the write-ahead log under us, with all that it holds.
 */
function createIfMissing(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    // SQLite would open a file that may only be read, and fail at the first write.
    accessSync(path, constants.W_OK)
  }
}

/**
 * The first process to open a new file changes its mode; SQLite answers the others with "busy" at once, whatever the timeout.
 * Happens while a process starts, so waiting in place harms nobody.
 */
function switchToWal(raw: Sqlite.Database): void {
  const deadline = performance.now() + OPENING_TIMEOUT_MS
  for (;;) {
    try {
      raw.pragma('journal_mode = WAL')
      return
    } catch (error) {
      if (!isSqliteBusy(error) || performance.now() > deadline) throw error
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
  }
}

/**
 * An error of SQLite as Prisma is to have it. Prisma makes an error of its own of everything with a `code`; without one it hands the
 * error through, and `toHoldfastError` finds the problem of the disk in it.
 */
export function sqliteFailure(raw: Sqlite.Database, error: unknown): unknown {
  const problem = sqliteDiskProblem(dirname(raw.name), error)
  return problem ? new Error(problem.message, { cause: problem }) : toAdapterError(error)
}

/** One sentence about a file that cannot be used; the cause keeps SQLite's own words for the log. */
export function sqliteOpenError(path: string, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error
  const code = String((error as { code?: unknown } | null)?.code ?? '')
  const problem = sqliteDiskProblem(dirname(path), error)
  if (problem?.code === 'disk_full') return problem
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT'))
    return new HoldfastError(
      'unavailable',
      `The database ${path} is damaged or is not a SQLite database; nothing was changed: restore it from a backup, or move it away, with its -wal and -shm, to start with an empty one.`,
      { cause: error },
    )
  if (code === 'ENOENT')
    return new HoldfastError('unavailable', `The database ${path} cannot be created: its directory does not exist.`, {
      cause: error,
    })
  if (['EACCES', 'EPERM', 'EROFS'].includes(code) || /^SQLITE_(READONLY|CANTOPEN|PERM)/.test(code))
    return new HoldfastError(
      'unavailable',
      `The database ${path} cannot be opened for writing: give this user the right to write the file and its directory.`,
      { cause: error },
    )
  if (code.startsWith('SQLITE_BUSY'))
    return new HoldfastError(
      'unavailable',
      `The database ${path} is locked by another program; stop it and try again.`,
      {
        cause: error,
      },
    )
  return new HoldfastError('unavailable', `The database ${path} cannot be opened (${code || 'unknown reason'}).`, {
    cause: error,
  })
}
