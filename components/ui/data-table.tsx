'use client'

import { type ColumnDef, type Row as TableRow, useTable } from '@tanstack/react-table'
import { ArrowDown, ArrowUp, ChevronDown, Search, X } from 'lucide-react'
import { usePathname } from 'next/navigation'
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { cn } from '@/components/ui/cn'
import { PlainRows, type RowsProps, VirtualRows } from '@/components/ui/data-rows'
import { Menu, MenuChoice } from '@/components/ui/menu'
import { type Column, compare, type Facet, features, parseSort } from '@/components/ui/table-model'
import { useUrlParameter, useUrlParameters } from '@/components/ui/use-url-parameter'

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
  /** At the right end of the bar above the table. */
  toolbar?: ReactNode
  /** Shown for the marked rows; makes rows markable. */
  bulk?: (rows: Row[], clear: () => void) => ReactNode
  /** When there are no rows at all. Rows that a filter hides have their own sentence. */
  empty?: ReactNode
  /** Under the rows: a "load more" button, a remark. */
  footer?: ReactNode
}

/** Of the nouns that tables have: entries, hosts. */
function singular(noun: string): string {
  return noun.replace(/ies$/, 'y').replace(/s$/, '')
}

function FacetMenu<Row>({
  facet,
  rows,
  value,
  onChange,
}: {
  facet: Facet<Row>
  rows: Row[]
  value: string
  onChange: (value: string) => void
}) {
  const counts = useMemo(() => {
    const found = new Map<string, number>()
    for (const row of rows) found.set(facet.value(row), (found.get(facet.value(row)) ?? 0) + 1)
    return found
  }, [facet, rows])
  const chosen = facet.options.find((option) => option.value === value)
  return (
    <Menu
      align="start"
      trigger={
        <Button variant={chosen ? 'secondary' : 'ghost'} className="gap-1">
          {chosen ? `${facet.label}: ${chosen.label}` : facet.label}
          <ChevronDown aria-hidden className="size-3.5 text-faint" />
        </Button>
      }
    >
      <MenuChoice
        label={facet.label}
        value={chosen ? value : 'all'}
        onChange={(next) => onChange(next === 'all' ? '' : next)}
        choices={[
          { value: 'all', label: 'All', count: rows.length },
          ...facet.options
            .filter((option) => counts.has(option.value) || option.value === value)
            .map((option) => ({ ...option, count: counts.get(option.value) ?? 0 })),
        ]}
      />
    </Menu>
  )
}

function useVisibleRows<Row>({ rows, columns, facets = [] }: Pick<Props<Row>, 'rows' | 'columns' | 'facets'>) {
  const [query, setQuery] = useUrlParameter('q')
  const wanted = useUrlParameters(facets.map((facet) => facet.id))
  const deferred = useDeferredValue(query)
  const visible = useMemo(() => {
    const words = deferred.toLowerCase().split(/\s+/).filter(Boolean)
    const active = facets.filter((facet) => wanted.values[facet.id])
    if (words.length === 0 && active.length === 0) return rows
    return rows.filter((row) => {
      if (active.some((facet) => facet.value(row) !== wanted.values[facet.id])) return false
      if (words.length === 0) return true
      const text = columns
        .map((column) => column.search?.(row) ?? '')
        .join('\n')
        .toLowerCase()
      return words.every((word) => text.includes(word))
    })
  }, [rows, columns, facets, deferred, wanted.values])
  return { query, setQuery, wanted, visible }
}

/** Sorts, filters and marks rows, and keeps how it does so in the address. A phone sees the rows as cards. */
export function DataTable<Row extends object>(props: Props<Row>) {
  const { noun, rows, columns, facets = [], rowId, defaultSort, toolbar, bulk, empty, footer } = props
  const path = usePathname()
  const { query, setQuery, wanted, visible } = useVisibleRows({ rows, columns, facets })
  const [sortText, setSortText] = useUrlParameter('sort')
  const sorting = useMemo(() => parseSort(sortText, defaultSort), [sortText, defaultSort])
  const [rowSelection, setRowSelection] = useState<Record<string, true>>({})

  const definitions = useMemo<ColumnDef<typeof features, Row>[]>(
    () =>
      columns.map((column) => ({
        id: column.id,
        accessorFn: (row: Row) => column.sort?.(row) ?? undefined,
        enableSorting: column.sort !== undefined,
        sortUndefined: 'last' as const,
        sortFn: (a: TableRow<typeof features, Row>, b: TableRow<typeof features, Row>, id: string) =>
          compare(a.getValue<string | number>(id), b.getValue<string | number>(id)),
      })),
    [columns],
  )
  const table = useTable({
    features,
    columns: definitions,
    data: visible,
    getRowId: rowId,
    state: { sorting, rowSelection },
    onRowSelectionChange: setRowSelection as never,
    enableRowSelection: bulk !== undefined,
  })

  if (rows.length === 0 && empty) return <>{empty}</>
  const shown = table.getRowModel().rows
  const marked = bulk ? shown.filter((row) => row.getIsSelected()) : []
  const filtered = query !== '' || facets.some((facet) => wanted.values[facet.id])
  const current = sorting[0]

  function toggleSort(id: string) {
    const next = current?.id !== id ? `${id}.asc` : current.desc ? `${id}.asc` : `${id}.desc`
    setSortText(next === defaultSort ? '' : next)
  }
  function mark(marking: readonly { id: string }[]) {
    setRowSelection(Object.fromEntries(marking.map(({ id }) => [id, true as const])))
  }
  function clearFilters() {
    setQuery('')
    wanted.clear()
  }
  const rowsProps: RowsProps<Row> = { rows: shown, columns, selectable: bulk !== undefined, noun }

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
          <div
            className="flex min-h-8 flex-1 flex-wrap items-center gap-2 rounded-md bg-accent-soft px-3 text-13 max-md:py-2"
            role="status"
          >
            <span className="tabular font-medium">{marked.length} marked</span>
            {marked.length < shown.length && (
              <Button variant="ghost" size="sm" className="md:hidden" onClick={() => mark(shown)}>
                Mark all {shown.length}
              </Button>
            )}
            {bulk(
              marked.map((row) => row.original),
              () => mark([]),
            )}
            <Button variant="ghost" size="sm" className="ml-auto" onClick={() => mark([])}>
              Clear
            </Button>
          </div>
        ) : (
          <>
            <label className="relative w-full min-w-0 md:w-64">
              <span className="sr-only">Search {noun}</span>
              <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" />
              <input
                type="search"
                value={query}
                onChange={(event) => setQuery(event.target.value)}
                placeholder={`Search ${noun}`}
                className="h-8 w-full rounded-md border border-line-strong bg-surface pr-8 pl-8 text-13 hover:border-control [&::-webkit-search-cancel-button]:hidden"
              />
              {query && (
                <button
                  type="button"
                  aria-label="Clear search"
                  onClick={() => setQuery('')}
                  className="absolute top-1 right-1 inline-flex size-6 items-center justify-center rounded-sm text-faint hover:text-ink"
                >
                  <X aria-hidden className="size-3.5" />
                </button>
              )}
            </label>
            {facets.map((facet) => (
              <FacetMenu
                key={facet.id}
                facet={facet}
                rows={rows}
                value={wanted.values[facet.id] ?? ''}
                onChange={(value) => wanted.set(facet.id, value)}
              />
            ))}
            {filtered && (
              <Button variant="ghost" onClick={clearFilters}>
                Reset
              </Button>
            )}
            <div className="ml-auto flex items-center gap-3">
              <span className="tabular text-12 text-muted" role="status">
                {filtered ? `${shown.length} of ${rows.length}` : rows.length}{' '}
                {rows.length === 1 ? singular(noun) : noun}
              </span>
              {toolbar}
            </div>
          </>
        )}
      </div>

      <div className="panel max-md:border-0 max-md:bg-transparent">
        <table className="w-full table-fixed border-separate border-spacing-0 text-13 max-md:block">
          <caption className="sr-only">{noun}</caption>
          <thead className="max-md:hidden">
            <tr>
              {bulk && (
                <th
                  scope="col"
                  className="sticky top-12 z-20 w-10 rounded-tl-lg border-b border-line bg-surface pl-3 text-left align-middle leading-0"
                >
                  <Checkbox
                    label={`Mark all ${noun}`}
                    checked={shown.length > 0 && marked.length === shown.length}
                    indeterminate={marked.length > 0 && marked.length < shown.length}
                    onChange={(checked) => mark(checked ? shown : [])}
                  />
                </th>
              )}
              {columns.map((column) => (
                <HeaderCell
                  key={column.id}
                  column={column}
                  direction={current?.id === column.id ? (current.desc ? 'desc' : 'asc') : undefined}
                  onSort={() => toggleSort(column.id)}
                />
              ))}
            </tr>
          </thead>
          {shown.length > VIRTUAL_FROM ? <VirtualRows {...rowsProps} /> : <PlainRows {...rowsProps} />}
        </table>
        {shown.length === 0 && (
          <div className="px-4 py-12 text-center text-13 text-muted">
            Nothing matches.{' '}
            <button type="button" onClick={clearFilters} className="font-medium text-accent hover:underline">
              Show all {rows.length} {noun}
            </button>
          </div>
        )}
      </div>
      {footer}
    </div>
  )
}

function HeaderCell<Row>({
  column,
  direction,
  onSort,
}: {
  column: Column<Row>
  direction: 'asc' | 'desc' | undefined
  onSort: () => void
}) {
  const Arrow = direction === 'desc' ? ArrowDown : ArrowUp
  return (
    <th
      scope="col"
      aria-sort={direction === 'asc' ? 'ascending' : direction === 'desc' ? 'descending' : undefined}
      className={cn(
        'sticky top-12 z-20 h-9 border-b border-line bg-surface px-3 text-left font-normal text-12 text-muted first:rounded-tl-lg last:rounded-tr-lg',
        column.align === 'right' && 'text-right',
        column.width,
        column.from === 'lg' && 'max-lg:hidden',
        column.from === 'xl' && 'max-xl:hidden',
        column.from === 'wide' && 'max-wide:hidden',
      )}
    >
      {column.sort ? (
        <button
          type="button"
          onClick={onSort}
          className={cn(
            'group -mx-1 inline-flex h-6 items-center gap-1 rounded-sm px-1 hover:text-ink',
            direction && 'text-ink',
            column.align === 'right' && 'flex-row-reverse',
          )}
        >
          {column.header}
          <Arrow
            aria-hidden
            className={cn('size-3', !direction && 'opacity-0 group-hover:opacity-50 group-focus-visible:opacity-50')}
          />
        </button>
      ) : (
        <span className={column.card === 'actions' ? 'sr-only' : undefined}>{column.header}</span>
      )}
    </th>
  )
}
