import { createSortedRowModel, rowSelectionFeature, rowSortingFeature, tableFeatures } from '@tanstack/react-table'
import type { ReactNode } from 'react'

export const features = tableFeatures({
  rowSortingFeature,
  rowSelectionFeature,
  sortedRowModel: createSortedRowModel(),
})

export interface Column<Row> {
  id: string
  header: string
  cell: (row: Row) => ReactNode
  /** What sorting compares. Without it the column cannot be sorted; `null` (unknown) goes last either way. */
  sort?: (row: Row) => string | number | null
  /** What a file of the table has in it, where that is not what sorting compares. */
  text?: (row: Row) => string | number | null
  /** What the search field looks in. */
  search?: (row: Row) => string
  align?: 'right'
  /** CSS width class of the column, such as `w-40`. */
  width?: string
  /** The text that the column keeps room for, up to a limit; others give theirs up first. */
  roomFor?: (row: Row) => string
  /** Shown only to who asks for it. */
  isExtra?: true
  /** Narrow windows leave the column out. */
  from?: 'lg' | 'xl' | 'wide'
  /**
   * How a phone shows it: the heading of the card, beside it, not at all, as one of the small facts at its end, or (default) as a
   * named line.
   */
  card?: 'title' | 'aside' | 'hidden' | 'fact' | 'actions'
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** Numbers by size, text as people sort it (`host-2` before `host-10`). */
export function compare(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b))
}

/** `name.desc` in the address. */
export function parseSort(text: string, fallback: string | undefined): { id: string; desc: boolean }[] {
  const [id, direction] = (text || fallback || '').split('.')
  return id ? [{ id, desc: direction === 'desc' }] : []
}
