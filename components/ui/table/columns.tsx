import { RelativeTime } from '@/components/ui/relative-time'
import { RowLink } from '@/components/ui/row-link'
import { Status } from '@/components/ui/status'
import { TITLE_WIDTH } from '@/components/ui/table/column-choice'
import type { Column } from '@/components/ui/table/table-model'
import { type StatusWord, TONE_ORDER } from '@/lib/tones'

// Columns that several tables have. What a table has of its own (a width, a heading) it adds or puts in place of what stands here.

/** What a row is called; it leads to the page about it. */
export function nameColumn<Row extends { name: string }>(hrefOf: (row: Row) => string) {
  return {
    id: 'name',
    header: 'Name',
    card: 'title',
    width: TITLE_WIDTH,
    roomFor: (row) => row.name,
    search: (row) => row.name,
    sort: (row) => row.name,
    cell: (row) => (
      <RowLink href={hrefOf(row)} title={row.name} className="font-medium">
        {row.name}
      </RowLink>
    ),
  } satisfies Column<Row>
}

/** Sorts what is wrong to the front. `errorOf` is what a pointer on it reads. */
export function statusColumn<Row>(
  statusOf: (row: Row) => StatusWord,
  errorOf?: (row: Row) => string | null | undefined,
) {
  return {
    id: 'status',
    header: 'Status',
    card: 'aside',
    sort: (row) => TONE_ORDER.indexOf(statusOf(row).tone),
    text: (row) => statusOf(row).word,
    cell: (row) => <Status {...statusOf(row)} title={errorOf?.(row) ?? undefined} />,
  } satisfies Column<Row>
}

export function countColumn<Row>(countOf: (row: Row) => number) {
  return {
    card: 'fact',
    width: 'w-20',
    align: 'right',
    sort: countOf,
    cell: (row) => <span className="tabular">{countOf(row)}</span>,
  } satisfies Partial<Column<Row>>
}

/** `timeOf` in ISO 8601; null when it has not been yet. */
export function timeColumn<Row>(timeOf: (row: Row) => string | null) {
  return {
    card: 'fact',
    sort: timeOf,
    cell: (row) => <RelativeTime at={timeOf(row)} className="text-muted" />,
  } satisfies Partial<Column<Row>>
}
