import path from 'node:path'
import Database from 'better-sqlite3'

/** What docs/monitoring.md states: bytes that a point takes, of which there are so many for each storage, or mount on a host, in an hour. */
const STATED = {
  CapacityPoint: { series: 'CapacitySeries', bytes: 62 },
  ActivityPoint: { series: 'ActivitySeries', bytes: 103 },
} as const
/** Twelve of five minutes, one of an hour, and the share of one of a day. */
const POINTS_PER_HOUR = 12 + 1 + 1 / 24

export type HistoryTable = keyof typeof STATED
export const HISTORY_TABLES: readonly HistoryTable[] = ['CapacityPoint', 'ActivityPoint']

export interface TableSize {
  bytes: number
  rows: number
  series: number
}

/** What the tables of history hold, and how large the database is. Bytes of SQLite are those of whole pages. */
export function readSizes(stateDir: string): { total: number; tables: Record<HistoryTable, TableSize> } {
  const database = new Database(path.join(stateDir, 'holdfast.db'), { readonly: true })
  try {
    const number = (sql: string, ...values: string[]) =>
      Number(
        database
          .prepare(sql)
          .pluck()
          .get(...values),
      )
    const of = (table: HistoryTable): TableSize => ({
      bytes: number('SELECT COALESCE(SUM(pgsize), 0) FROM dbstat WHERE name = ?', table),
      rows: number(`SELECT COUNT(*) FROM "${table}"`),
      series: number(`SELECT COUNT(*) FROM "${STATED[table].series}"`),
    })
    return {
      total: number('SELECT SUM(pgsize) FROM dbstat'),
      tables: { CapacityPoint: of('CapacityPoint'), ActivityPoint: of('ActivityPoint') },
    }
  } finally {
    database.close()
  }
}

/** The most points that so many series may have got in these hours, and the bytes that they are said to take. */
export function statedGrowth(table: HistoryTable, series: number, hours: number): { rows: number; bytes: number } {
  const rows = Math.ceil(hours * POINTS_PER_HOUR + 3) * series
  return { rows, bytes: rows * STATED[table].bytes }
}
