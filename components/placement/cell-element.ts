import type { Place } from '@/components/placement/matrix-model'

/** The cell at a place, if it is in the page. */
export function elementAt(within: Element | null, { row, column }: Place): HTMLElement | null | undefined {
  return within?.querySelector<HTMLElement>(`[data-row="${row}"][data-column="${column}"]`)
}

/** Where the cell is that an event came from; undefined outside of the cells. */
export function placeOf(target: EventTarget): Place | undefined {
  const { row, column } = (target as Element).closest<HTMLElement>('[data-row]')?.dataset ?? {}
  return row === undefined || column === undefined ? undefined : { row: Number(row), column: Number(column) }
}
