import type { Column } from '@/components/ui/table/table-model'

/** By table, the columns that are not as at first: extra ones that are shown, and others that are not. */
export type ColumnChoice = Readonly<Record<string, readonly string[]>>

const MAX_TABLES = 16
const MAX_COLUMNS = 32

/** What the cookie says, and nothing where it says something else. */
export function readColumns(text: string | undefined): ColumnChoice {
  try {
    const found: unknown = JSON.parse(text ?? '{}')
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return {}
    const entries = Object.entries(found).flatMap(([table, ids]) =>
      Array.isArray(ids) ? [[table, ids.filter((id) => typeof id === 'string').slice(0, MAX_COLUMNS)] as const] : [],
    )
    return Object.fromEntries(entries.slice(0, MAX_TABLES))
  } catch {
    return {}
  }
}

/** What a row is called and what can be done with it always stay. */
export function isFixed<Row>({ card }: Column<Row>): boolean {
  return card === 'title' || card === 'actions'
}

export function isShown<Row>(column: Column<Row>, changed: readonly string[]): boolean {
  if (isFixed(column)) return true
  return changed.includes(column.id) !== (column.isExtra !== true)
}

/** Shows what is hidden, and hides what is shown. A table that is as at first is not remembered. */
export function toggled(choice: ColumnChoice, table: string, id: string): ColumnChoice {
  const { [table]: before = [], ...others } = choice
  const after = before.includes(id) ? before.filter((other) => other !== id) : [...before, id]
  return after.length === 0 ? others : { ...others, [table]: after }
}

/** The narrowest that a column without a width of its own may get; and the marks before it. */
const ELASTIC_PX = 160
const MARKS_PX = 40
const STEP_PX = 4

/** Class of the column that keeps the room which `titlePixels` says. */
export const TITLE_WIDTH = 'xl:w-(--title)'
const TITLE_PX = { least: 112, most: 224, padding: 26, character: 7.6 }

/** How wide the names of these rows are, in px: what they need, up to a limit. */
export function titlePixels(names: readonly string[]): number {
  const { least, most, padding, character } = TITLE_PX
  const longest = Math.max(0, ...names.map((name) => name.length))
  return Math.ceil(Math.min(most, Math.max(least, padding + longest * character)))
}

/**
 * How wide a table has to be that shows extra columns, in px; null where it shows none, since then the widths of the columns are
 * made to fit. What is wider than its page is scrolled within it. `title` is the width of the names.
 */
export function leastWidth<Row>(shown: readonly Column<Row>[], title = ELASTIC_PX): number | null {
  if (!shown.some((column) => column.isExtra)) return null
  let pixels = MARKS_PX
  let percent = 0
  for (const { width = '' } of shown) {
    const [, steps, share] = /^w-(?:(\d+)|\[(\d+)%\])$/.exec(width) ?? []
    if (share !== undefined) percent += Number(share)
    else if (width === TITLE_WIDTH) pixels += title
    else pixels += steps === undefined ? ELASTIC_PX : Number(steps) * STEP_PX
  }
  return Math.ceil((pixels * 100) / (100 - percent))
}
