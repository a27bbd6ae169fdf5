import {
  DriverAdapterError,
  type IsolationLevel,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
  type Transaction,
} from '@prisma/driver-adapter-utils'
import { CommitGroup } from '@/lib/db/commit-group'
import { openSqliteFile, SqliteConnection, sqliteFailure } from '@/lib/db/sqlite-connection'
import { isSqliteBusy, transactionClosed } from '@/lib/db/sqlite-values'
import { type Release, WriteLock } from '@/lib/db/write-lock'
import { HoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'

const ADAPTER_NAME = 'holdfast-sqlite'
/** How long a write waits for another process that holds the file. */
const BUSY_TIMEOUT_MS = 5_000

/**
 * Prisma driver adapter for SQLite that loses no acknowledged write.
 *
 * The stock adapter shares one connection between open transactions and every other query, so the rollback of one request
 * undoes what another request was already told had succeeded. Here
 * - one writer at a time uses the write connection, first come first served; a transaction keeps it until its end,
 * - transactions that wait for each other anyway are ended by one COMMIT (`CommitGroup`),
 * - SELECTs outside a transaction use a second connection that cannot write, and never wait for the writer (WAL),
 * - a transaction takes the file's write lock at once (BEGIN IMMEDIATE), so that it cannot fail half way as busy,
 * - a COMMIT that fails is followed by a real ROLLBACK.
 *
 * Waiting for another process happens in JavaScript and not in SQLite's busy handler, which would stop the event loop.
 */
export function createSqliteAdapter(path: string, busyTimeoutMs: number = BUSY_TIMEOUT_MS): SqlDriverAdapterFactory {
  return {
    provider: 'sqlite',
    adapterName: ADAPTER_NAME,
    connect: async () => new SerialisingAdapter(path, busyTimeoutMs),
  }
}

class SerialisingAdapter implements SqlDriverAdapter {
  readonly provider = 'sqlite'
  readonly adapterName = ADAPTER_NAME
  readonly #writer: SqliteConnection
  readonly #reader: SqliteConnection
  readonly #lock = new WriteLock()
  readonly #busyTimeoutMs: number
  #group: CommitGroup | undefined

  constructor(path: string, busyTimeoutMs: number) {
    this.#busyTimeoutMs = busyTimeoutMs
    const writer = openSqliteFile(path)
    writer.pragma('busy_timeout = 0')
    this.#writer = new SqliteConnection(writer)
    this.#reader = new SqliteConnection(openSqliteFile(path, { readOnly: true }))
  }

  async queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    if (/^\s*(SELECT|WITH)\b/i.test(query.sql)) {
      const result = attempt(this.#reader, () =>
        this.#reader.prepare(query.sql).readOnly ? this.#reader.query(query) : undefined,
      )
      if (result) return result
    }
    return this.#write(() => this.#writer.query(query))
  }

  executeRaw(query: SqlQuery): Promise<number> {
    return this.#write(() => this.#writer.execute(query))
  }

  async executeScript(script: string): Promise<void> {
    await this.#write(() => this.#writer.raw.exec(script))
  }

  async startTransaction(isolationLevel?: IsolationLevel): Promise<Transaction> {
    if (isolationLevel && isolationLevel !== 'SERIALIZABLE')
      throw new DriverAdapterError({ kind: 'InvalidIsolationLevel', level: isolationLevel })
    if (!this.#group?.takesMembers) this.#group = new CommitGroup(this.#writer, () => this.#begin())
    const group = this.#group
    await group.join()
    return new SerialisedTransaction(this.#writer, group)
  }

  async #begin(): Promise<Release> {
    const release = await this.#lock.acquire()
    try {
      await whileBusy(this.#writer, this.#busyTimeoutMs, () => this.#writer.raw.exec('BEGIN IMMEDIATE'))
      return release
    } catch (error) {
      release()
      throw error
    }
  }

  getConnectionInfo() {
    return { maxBindValues: 32_766, supportsRelationJoins: false }
  }

  async dispose(): Promise<void> {
    const release = await this.#lock.acquire()
    try {
      this.#reader.raw.close()
      this.#writer.raw.close()
    } finally {
      release()
    }
  }

  async #write<T>(run: () => T): Promise<T> {
    const release = await this.#lock.acquire()
    try {
      return await whileBusy(this.#writer, this.#busyTimeoutMs, run)
    } finally {
      release()
    }
  }
}

class SerialisedTransaction implements Transaction {
  readonly provider = 'sqlite'
  readonly adapterName = ADAPTER_NAME
  /** COMMIT and ROLLBACK come through the methods below, never as queries. */
  readonly options = { usePhantomQuery: true }
  readonly #connection: SqliteConnection
  readonly #group: CommitGroup
  #isOpen = true

  constructor(connection: SqliteConnection, group: CommitGroup) {
    this.#connection = connection
    this.#group = group
  }

  async queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    return this.#inside(() => this.#connection.query(query))
  }

  async executeRaw(query: SqlQuery): Promise<number> {
    return this.#inside(() => this.#connection.execute(query))
  }

  async commit(): Promise<void> {
    this.#requireOpen()
    this.#isOpen = false
    try {
      await this.#group.commit()
    } catch (error) {
      throw sqliteFailure(this.#connection.raw, error)
    }
  }

  async rollback(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    attempt(this.#connection, () => this.#group.rollback())
  }

  async createSavepoint(name: string): Promise<void> {
    this.#inside(() => this.#connection.raw.exec(`SAVEPOINT ${name}`))
  }

  async rollbackToSavepoint(name: string): Promise<void> {
    this.#inside(() => this.#connection.raw.exec(`ROLLBACK TO ${name}`))
  }

  async releaseSavepoint(name: string): Promise<void> {
    this.#inside(() => this.#connection.raw.exec(`RELEASE ${name}`))
  }

  #inside<T>(run: () => T): T {
    this.#requireOpen()
    this.#group.requireIntact()
    try {
      return attempt(this.#connection, run)
    } catch (error) {
      if (error instanceof Error && error.cause instanceof HoldfastError) this.#group.noteDiskFailure(error)
      throw error
    }
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw transactionClosed('This transaction has already ended.')
  }
}

function attempt<T>(connection: SqliteConnection, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw sqliteFailure(connection.raw, error)
  }
}

/** Tries again, without blocking the process, while another process holds the file's write lock. */
async function whileBusy<T>(connection: SqliteConnection, timeoutMs: number, run: () => T): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return run()
    } catch (error) {
      if (!isSqliteBusy(error) || performance.now() > deadline) throw sqliteFailure(connection.raw, error)
    }
    await pauseFor(0.5 + Math.random() * 2)
  }
}
