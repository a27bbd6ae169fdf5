import { AsyncLocalStorage } from 'node:async_hooks'
import type { Sql } from '@prisma/client/runtime/client'
import { sqltag } from '@prisma/client/runtime/client'
import {
  type ArgType,
  type ColumnType,
  ColumnTypeEnum,
  type IsolationLevel,
  type SqlDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
  type Transaction,
} from '@prisma/driver-adapter-utils'
import type { Db, PrismaClient } from '@/lib/db/client'

/**
 * The way of our own SQL inside a transaction: straight to the driver. Prisma takes it through proxies, a batcher, JSON and back
 * and its interpreter, which costs four times what the statement itself does, and every change pays for several of them.
 * Everything else about the transaction stays with Prisma: begin, commit, rollback, time limit, models.
 */

/** Filled by the adapter while Prisma begins the transaction that is asked for in this asynchronous context. */
const beginning = new AsyncLocalStorage<{ begun?: WatchedTransaction }>()

/** The same adapter, which tells `plainTransaction` what transaction it has begun. */
export function withPlainSql(factory: SqlDriverAdapterFactory): SqlDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => {
      const adapter = await factory.connect()
      const begin = adapter.startTransaction.bind(adapter)
      adapter.startTransaction = async (level?: IsolationLevel) => {
        const transaction = new WatchedTransaction(await begin(level))
        const slot = beginning.getStore()
        if (slot) slot.begun = transaction
        return transaction
      }
      return adapter
    },
  }
}

/** As `prisma.$transaction(work)`; `$queryRaw` and `$executeRaw` of the client that `work` gets go straight to the driver. */
export function plainTransaction<T>(
  prisma: PrismaClient,
  work: (tx: Db) => Promise<T>,
  options?: { timeout: number },
): Promise<T> {
  const slot: { begun?: WatchedTransaction } = {}
  const run = (tx: Db) => work(slot.begun ? withStatements(tx, slot.begun) : tx)
  return beginning.run(slot, () => prisma.$transaction(run, options))
}

function withStatements(tx: Db, transaction: WatchedTransaction): Db {
  const query = async (strings: TemplateStringsArray | Sql, ...values: unknown[]) =>
    rowsOf(await transaction.run((driver) => driver.queryRaw(queryOf(driver, strings, values))))
  const execute = (strings: TemplateStringsArray | Sql, ...values: unknown[]) =>
    transaction.run((driver) => driver.executeRaw(queryOf(driver, strings, values)))
  // Defined and not assigned: Prisma's proxy hands an assignment through to the client that all share.
  return Object.create(tx, { $queryRaw: { value: query }, $executeRaw: { value: execute } })
}

/** The driver's transaction as Prisma has it, with one thing more: it knows when Prisma has begun to end it. */
class WatchedTransaction implements Transaction {
  readonly provider
  readonly adapterName
  readonly options
  readonly #inner: Transaction
  #isOver = false

  constructor(inner: Transaction) {
    this.provider = inner.provider
    this.adapterName = inner.adapterName
    this.options = inner.options
    this.#inner = inner
  }

  /**
   * For statements that do not come through Prisma. After the end, which may be Prisma's time limit, they are refused: on PostgreSQL
   * the connection is out of the transaction then, or another one's already.
   */
  async run<T>(statement: (driver: Transaction) => Promise<T>): Promise<T> {
    if (this.#isOver) throw new Error('This transaction has already ended.')
    try {
      return await statement(this.#inner)
    } catch (error) {
      throw asPrismaSays(error)
    }
  }

  queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    return this.#inner.queryRaw(query)
  }

  executeRaw(query: SqlQuery): Promise<number> {
    if (query.sql === 'COMMIT' || query.sql === 'ROLLBACK') this.#isOver = true
    return this.#inner.executeRaw(query)
  }

  commit(): Promise<void> {
    this.#isOver = true
    return this.#inner.commit()
  }

  rollback(): Promise<void> {
    this.#isOver = true
    return this.#inner.rollback()
  }

  async createSavepoint(name: string): Promise<void> {
    await this.#inner.createSavepoint?.(name)
  }

  async rollbackToSavepoint(name: string): Promise<void> {
    await this.#inner.rollbackToSavepoint?.(name)
  }

  async releaseSavepoint(name: string): Promise<void> {
    await this.#inner.releaseSavepoint?.(name)
  }
}

/** Where Prisma puts the driver's word, `lib/db/conflict.ts` and `lib/errors.ts` look for it. */
function asPrismaSays(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'DriverAdapterError') return error
  return Object.assign(new Error(error.message, { cause: error }), { meta: { driverAdapterError: error } })
}

/** Both drivers take a value by what it is: times as `Date`, JSON as text. */
const ANY: ArgType = { scalarType: 'unknown', arity: 'scalar' }

function queryOf(driver: Transaction, strings: TemplateStringsArray | Sql, values: readonly unknown[]): SqlQuery {
  const statement = 'raw' in strings ? sqltag(strings, ...values) : strings
  return {
    sql: driver.provider === 'sqlite' ? statement.sql : statement.text,
    args: statement.values,
    argTypes: statement.values.map(() => ANY),
  }
}

function rowsOf({ columnNames, columnTypes, rows }: SqlResultSet): Record<string, unknown>[] {
  return rows.map((row) =>
    Object.fromEntries(columnNames.map((name, column) => [name, plainValue(row[column], columnTypes[column])])),
  )
}

/** As Prisma returns it from `$queryRaw`. */
function plainValue(value: unknown, type: ColumnType | undefined): unknown {
  if (value === null) return null
  switch (type) {
    case ColumnTypeEnum.Int64:
      return BigInt(value as string | number)
    case ColumnTypeEnum.DateTime:
      return new Date(value as string | number)
    case ColumnTypeEnum.Json:
      return JSON.parse(value as string)
    case ColumnTypeEnum.Boolean:
      return value === true || value === 1
    default:
      return value
  }
}
