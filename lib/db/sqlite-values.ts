import { type ArgType, type ColumnType, ColumnTypeEnum, DriverAdapterError } from '@prisma/driver-adapter-utils'

type MappedError = DriverAdapterError['cause']

const DECLARED_TYPES: Record<string, ColumnType> = {
  DECIMAL: ColumnTypeEnum.Numeric,
  FLOAT: ColumnTypeEnum.Float,
  DOUBLE: ColumnTypeEnum.Double,
  'DOUBLE PRECISION': ColumnTypeEnum.Double,
  NUMERIC: ColumnTypeEnum.Double,
  REAL: ColumnTypeEnum.Double,
  INT: ColumnTypeEnum.Int32,
  INTEGER: ColumnTypeEnum.Int32,
  BIGINT: ColumnTypeEnum.Int64,
  DATETIME: ColumnTypeEnum.DateTime,
  TIMESTAMP: ColumnTypeEnum.DateTime,
  DATE: ColumnTypeEnum.Date,
  TEXT: ColumnTypeEnum.Text,
  VARCHAR: ColumnTypeEnum.Text,
  BLOB: ColumnTypeEnum.Bytes,
  BOOLEAN: ColumnTypeEnum.Boolean,
  JSONB: ColumnTypeEnum.Json,
}

/** The type Prisma should see for a column as declared in a table; null for expressions, whose type the values tell. */
export function declaredColumnType(declared: string | null): ColumnType | null {
  return declared === null ? null : (DECLARED_TYPES[declared.toUpperCase()] ?? null)
}

/** The type of an expression's column, from its first value that is not null. */
export function inferColumnType(rows: readonly unknown[][], column: number): ColumnType {
  for (const row of rows) {
    const value = row[column]
    if (value === null || value === undefined) continue
    if (typeof value === 'string') return ColumnTypeEnum.Text
    if (typeof value === 'bigint') return ColumnTypeEnum.Int64
    if (typeof value === 'number') return ColumnTypeEnum.UnknownNumber
    return ColumnTypeEnum.Bytes
  }
  return ColumnTypeEnum.Int32
}

/**
 * Prisma wants numbers, a decimal string for integers beyond 2^53, and times as milliseconds: it takes ISO 8601 text too, but
 * its reading of it costs a fifth of the time of a long list.
 */
export function fromSqlite(value: unknown, type: ColumnType): unknown {
  if (typeof value === 'string') return type === ColumnTypeEnum.DateTime ? parseTimeText(value) : value
  if (typeof value !== 'number' && typeof value !== 'bigint') return value
  if (type === ColumnTypeEnum.DateTime) return Number(value)
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value.toString()
  }
  return type === ColumnTypeEnum.Int32 || type === ColumnTypeEnum.Int64 ? Math.trunc(value) : value
}

/** What better-sqlite3 binds for an argument of a Prisma query. Times are stored as ISO 8601 text, as Prisma's CLI does. */
export function toSqlite(value: unknown, type: ArgType | undefined): unknown {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof Date) return timeText(value)
  if (typeof value !== 'string') return value
  switch (type?.scalarType) {
    case 'int':
      return Number.parseInt(value, 10)
    case 'bigint':
      return BigInt(value)
    case 'float':
    case 'decimal':
      return Number.parseFloat(value)
    case 'datetime':
      return timeText(new Date(value))
    case 'bytes':
      return Buffer.from(value, 'base64')
    default:
      return value
  }
}

function timeText(time: Date): string {
  return time.toISOString().replace('Z', '+00:00')
}

/** Milliseconds for text exactly as `timeText` writes it; anything else is left to Prisma. */
function parseTimeText(text: string): number | string {
  if (text.length !== 29 || !text.endsWith('+00:00')) return text
  const two = (at: number) => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48
  const ms = two(20) * 10 + text.charCodeAt(22) - 48
  const [year, month] = [two(0) * 100 + two(2), two(5)]
  // Date.UTC takes years below 100 for the twentieth century, and a thirteenth month for the next January.
  if (!(year > 99 && month >= 1 && month <= 12)) return text
  return Date.UTC(year, month - 1, two(8), two(11), two(14), two(17), ms)
}

/** An error of better-sqlite3 in the words Prisma knows; anything else is returned as it is. */
export function toAdapterError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DriverAdapterError) return error
  const code = (error as { code?: unknown }).code
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return error
  return new DriverAdapterError({
    originalCode: code,
    originalMessage: error.message,
    ...mapError(code, error.message),
  })
}

/** For what comes too late, or is lost with the transaction that it was part of. */
export function transactionClosed(cause: string): DriverAdapterError {
  return new DriverAdapterError({ kind: 'TransactionAlreadyClosed', cause })
}

function mapError(code: string, message: string): MappedError {
  switch (code) {
    case 'SQLITE_CONSTRAINT_UNIQUE':
    case 'SQLITE_CONSTRAINT_PRIMARYKEY': {
      const { table, fields } = constraintColumns(message)
      return { kind: 'UniqueConstraintViolation', constraint: { fields }, ...(table ? { table } : {}) }
    }
    case 'SQLITE_CONSTRAINT_NOTNULL':
      return { kind: 'NullConstraintViolation', constraint: { fields: constraintColumns(message).fields } }
    case 'SQLITE_CONSTRAINT_FOREIGNKEY':
      return { kind: 'ForeignKeyConstraintViolation', constraint: { foreignKey: {} } }
    case 'SQLITE_CONSTRAINT_TRIGGER':
      // ON DELETE RESTRICT arrives with this code too; our own triggers (RAISE) bring their own text.
      if (message.startsWith('FOREIGN KEY'))
        return { kind: 'ForeignKeyConstraintViolation', constraint: { foreignKey: {} } }
  }
  if (isBusyCode(code)) return { kind: 'SocketTimeout' }
  const missingTable = /^no such table: (.+)$/.exec(message)?.[1]
  if (missingTable) return { kind: 'TableDoesNotExist', table: missingTable }
  const missingColumn = /(?:^no such column: |has no column named )(.+)$/.exec(message)?.[1]
  if (missingColumn) return { kind: 'ColumnNotFound', column: missingColumn }
  return { kind: 'sqlite', extendedCode: 1, message }
}

/** `UNIQUE constraint failed: Mount.a, Mount.b` names the table and the columns. */
function constraintColumns(message: string): { table: string | undefined; fields: string[] } {
  const columns = message.split('constraint failed: ')[1]?.split(', ') ?? []
  return { table: columns[0]?.split('.')[0], fields: columns.map((column) => column.split('.').at(-1) ?? column) }
}

function isBusyCode(code: string): boolean {
  return code === 'SQLITE_BUSY' || code.startsWith('SQLITE_BUSY_') || code === 'SQLITE_LOCKED'
}

export function isSqliteBusy(error: unknown): boolean {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' && isBusyCode(code)
}
