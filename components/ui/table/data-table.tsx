'use client'

import { SearchX } from 'lucide-react'
import { usePathname } from 'next/navigation'
import { type CSSProperties, type ReactNode, useMemo } from 'react'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import { isShown, leastWidth, titlePixels } from '@/components/ui/table/column-choice'
import { ColumnsMenu } from '@/components/ui/table/columns-menu'
import { useColumnChoice } from '@/components/ui/table/columns-provider'
import { csvRows } from '@/components/ui/table/csv'
import { CsvButton } from '@/components/ui/table/csv-button'
import { PlainRows, VirtualRows } from '@/components/ui/table/data-rows'
import type { Facet } from '@/components/ui/table/facet-model'
import { FilterBar } from '@/components/ui/table/filter-bar'
import { MarkedBar } from '@/components/ui/table/marked-bar'
import { TableHead } from '@/components/ui/table/table-head'
import type { Column } from '@/components/ui/table/table-model'
import { useRowFilter } from '@/components/ui/table/use-row-filter'
import { useTableRows } from '@/components/ui/table/use-table-rows'

import { ViewsMenu } from '@/components/views/views-menu'
import type { ViewList } from '@/lib/views/schema'

/** Above this, only the rows near the window are in the page. */
const VIRTUAL_FROM = 80

interface Props<Row> {
  /** What the rows are, as in "backends": for the search field and for screen readers. */
  noun: string
  rows: Row[]
  columns: Column<Row>[]
  facets?: Facet<Row>[]
  rowId: (row: Row) => string
  /** `column.asc` or `column.desc`. */
  defaultSort?: string
  /** Whose saved views can be picked here. */
  views?: ViewList
  /** At the right end of the bar above the table. */
  toolbar?: ReactNode
  /** Shown for the marked rows; makes rows markable. */
  bulk?: (rows: Row[], clear: () => void) => ReactNode
  /** What is said below a row, such as what came of an order that was given there. */
  below?: (row: Row) => ReactNode
  /** When there are no rows at all. Rows that a filter hides have their own sentence. */
  empty?: ReactNode
  /** Under the rows: a "load more" button, a remark. */
  footer?: ReactNode
}

/** There are rows, and the filters leave none. */
function NoMatch({ noun, total, onClear }: { noun: string; total: number; onClear: () => void }) {
  return (
    <div className="flex flex-col items-center px-4 py-12 text-center text-13 max-md:panel">
      <SearchX aria-hidden className="mb-3 size-6 text-faint" strokeWidth={1.5} />
      <h2 className="text-14 font-medium">No {noun} match</h2>
      <p className="mt-1 mb-4 text-muted">
        {total === 0 ? 'None' : `None of the ${total} ${noun}`} has all that is asked for.
      </p>
      <Button onClick={onClear}>Clear filters</Button>
    </div>
  )
}

/** Sorts, filters and marks rows, and keeps how it does so in the address. A phone sees the rows as cards. */
export function DataTable<Row extends object>(props: Props<Row>) {
  const {
    noun,
    rows,
    columns: all,
    facets = [],
    rowId,
    defaultSort,
    views,
    toolbar,
    bulk,
    below,
    empty,
    footer,
  } = props
  const path = usePathname()
  const canMark = bulk !== undefined
  const choice = useColumnChoice(noun)
  const columns = useMemo(() => all.filter((column) => isShown(column, choice.changed)), [all, choice.changed])
  // What is not shown is searched and sorted by all the same: an address means the same to everybody.
  const filter = useRowFilter({ rows, columns: all, facets })
  const table = useTableRows({ rows: filter.visible, columns: all, rowId, defaultSort, canMark })
  const { shown, marked, mark } = table
  // Of all rows, so that a filter moves nothing.
  const title = useMemo(() => {
    const roomFor = all.find((column) => column.roomFor)?.roomFor
    return roomFor && titlePixels(rows.map(roomFor))
  }, [all, rows])
  if (rows.length === 0 && empty && !filter.isActive) return <>{empty}</>
  const width = leastWidth(columns, title)
  const unmark = () => mark([])
  const counts = { marked: marked.length, shown: shown.length }
  const Rows = shown.length > VIRTUAL_FROM ? VirtualRows : PlainRows

  return (
    <div className="min-w-0" key={path}>
      <div
        className={cn(
          'mb-3 flex flex-wrap items-center gap-2',
          marked.length > 0 &&
            'max-md:sticky max-md:top-12 max-md:z-30 max-md:-mx-1 max-md:bg-canvas max-md:px-1 max-md:py-1',
        )}
      >
        {marked.length > 0 && bulk ? (
          <MarkedBar {...counts} onMarkAll={() => mark(shown)} onClear={unmark}>
            {bulk(
              marked.map((row) => row.original),
              unmark,
            )}
          </MarkedBar>
        ) : (
          <FilterBar
            noun={noun}
            rows={rows}
            facets={facets}
            filter={filter}
            shown={shown.length}
            toolbar={
              <>
                {toolbar}
                {views && <ViewsMenu list={views} parameters={['q', 'sort', ...facets.map((facet) => facet.id)]} />}
                <ColumnsMenu columns={all} choice={choice} />
                <CsvButton
                  noun={noun}
                  rows={() =>
                    csvRows(
                      columns,
                      shown.map((row) => row.original),
                    )
                  }
                />
              </>
            }
          />
        )}
      </div>
      <div
        className={cn(
          'panel max-md:border-0 max-md:bg-transparent',
          width === null ? '[--head-top:3rem]' : 'md:overflow-x-auto [--head-top:0px]',
        )}
      >
        <table
          style={
            {
              ...(title !== undefined && { '--title': `${title}px` }),
              ...(width !== null && { '--least': `${width}px` }),
            } as CSSProperties
          }
          className="w-full table-fixed md:min-w-[var(--least,0px)] border-separate border-spacing-0 text-13 max-md:block"
        >
          <caption className="sr-only">{noun}</caption>
          <TableHead
            columns={columns}
            isPinned={width !== null}
            sort={table.sort}
            onSort={table.toggleSort}
            marking={canMark ? { ...counts, noun, onMark: (all) => mark(all ? shown : []) } : null}
          />
          <Rows rows={shown} columns={columns} selectable={canMark} isPinned={width !== null} below={below} />
        </table>
        {shown.length === 0 && <NoMatch noun={noun} total={rows.length} onClear={filter.clear} />}
      </div>
      {footer}
    </div>
  )
}
