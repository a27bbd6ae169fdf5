'use client'

import { type ColumnDef, type Row as TableRow, useTable } from '@tanstack/react-table'
import { useMemo, useState } from 'react'
import { type Column, compare, features, parseSort } from '@/components/ui/table/table-model'
import { useUrlParameter } from '@/components/ui/use-url-parameter'

/** Rows in the order that the address says, and which of them are marked. */
export function useTableRows<Row extends object>({
  rows,
  columns,
  rowId,
  defaultSort,
  canMark,
}: {
  rows: Row[]
  columns: Column<Row>[]
  rowId: (row: Row) => string
  defaultSort: string | undefined
  canMark: boolean
}) {
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
  // A row remembers what a column said of it, and would go on being sorted by that after the column has learnt more.
  // biome-ignore lint/correctness/useExhaustiveDependencies: new columns mean new rows
  const data = useMemo(() => [...rows], [rows, definitions])
  const table = useTable({
    features,
    columns: definitions,
    data,
    getRowId: rowId,
    state: { sorting, rowSelection },
    onRowSelectionChange: setRowSelection as never,
    enableRowSelection: canMark,
  })
  const shown = table.getRowModel().rows
  const [sort] = sorting
  return {
    shown,
    sort,
    /** Sorts by the column; when it does so already, the other way round. */
    toggleSort(id: string) {
      const next = sort?.id !== id ? `${id}.asc` : sort.desc ? `${id}.asc` : `${id}.desc`
      setSortText(next === defaultSort ? '' : next)
    },
    marked: canMark ? shown.filter((row) => row.getIsSelected()) : [],
    /** Marks these rows and no other. */
    mark(marking: readonly { id: string }[]) {
      setRowSelection(Object.fromEntries(marking.map(({ id }) => [id, true as const])))
    },
  }
}
