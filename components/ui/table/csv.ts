import type { Column } from '@/components/ui/table/table-model'

export type CsvValue = string | number | null | undefined

/** A spreadsheet takes text that begins like this for a formula, and runs it. */
const FORMULA = /^[=+\-@\t\r]/

function field(value: CsvValue): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** RFC 4180. What is not known is empty. */
export function csvOf(rows: readonly (readonly CsvValue[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('')
}

/** The columns that have something to write down, with their heads; sizes in bytes and times in ISO 8601. */
export function csvRows<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): CsvValue[][] {
  const written = columns.filter(({ text, sort }) => text !== undefined || sort !== undefined)
  return [
    written.map(({ header }) => header),
    ...rows.map((row) => written.map(({ text, sort }) => (text ?? sort)?.(row) ?? null)),
  ]
}
