'use client'

import { defaultRangeExtractor, type Range, useVirtualizer, type VirtualItem } from '@tanstack/react-virtual'
import { type RefObject, useLayoutEffect, useMemo, useState } from 'react'
import type { GridShape, Place } from '@/components/placement/matrix-model'
import { GROUP_PX, ROW_PX, type Sizes, sizesFor } from '@/components/placement/matrix-row'

/** What the server renders: enough for the first screen, before the window's size is known. */
const FIRST_SCREEN = { width: 1180, height: 900 }

/** The rows and columns that are in the page, and where. */
export interface MatrixViewport {
  sizes: Sizes
  rows: VirtualItem[]
  columns: VirtualItem[]
  /** Of the whole grid, in CSS pixels. */
  width: number
  height: number
  /** How many rows of hosts are seen at once, less one to hold on to. */
  page: () => number
  scrollTo: (place: Place) => void
}

/** The cell that a Tab leads to stays in the page wherever the window is, and with it the focus. */
function withActive(at: number): (range: Range) => number[] {
  return (range) => {
    const inView = defaultRangeExtractor(range)
    return at < 0 || at >= range.count || inView.includes(at) ? inView : [...inView, at].sort((a, b) => a - b)
  }
}

function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(FIRST_SCREEN.width)
  useLayoutEffect(() => {
    const { current } = element
    if (!current) return
    const observer = new ResizeObserver(() => setWidth(current.clientWidth))
    observer.observe(current)
    return () => observer.disconnect()
  }, [element])
  return width
}

/** Follows the scrolling of `scroller`; `active` is the cell that a Tab leads to. `keys`: of the columns, by place. */
export function useMatrixViewport(
  scroller: RefObject<HTMLElement | null>,
  { keys, layout: { rows, columns }, active }: { keys: readonly { id: string }[]; layout: GridShape; active: Place },
): MatrixViewport {
  const width = useWidth(scroller)
  const sizes = useMemo(() => sizesFor(width, columns.length), [width, columns.length])
  // Made anew only when sizes or rows change: the virtualizers measure again, and rows are drawn again, when these are others.
  const rowOptions = useMemo(
    () => ({
      estimateSize: (index: number) => (rows[index]?.kind === 'group' ? GROUP_PX : ROW_PX),
      getItemKey: (index: number) => rows[index]?.key ?? index,
    }),
    [rows],
  )
  const columnOptions = useMemo(
    () => ({
      estimateSize: () => sizes.column,
      getItemKey: (index: number) => keys[columns[index] ?? -1]?.id ?? index,
    }),
    [sizes.column, columns, keys],
  )
  const shared = {
    // Both hear every scroll; one drawing for the two is enough.
    useFlushSync: false,
    getScrollElement: () => scroller.current,
    initialRect: FIRST_SCREEN,
  }
  const rowVirtualizer = useVirtualizer({
    ...shared,
    ...rowOptions,
    count: rows.length,
    overscan: 8,
    paddingStart: sizes.header,
    scrollPaddingStart: sizes.header,
    rangeExtractor: useMemo(() => withActive(active.row), [active.row]),
  })
  const columnVirtualizer = useVirtualizer({
    ...shared,
    ...columnOptions,
    horizontal: true,
    count: columns.length,
    overscan: 4,
    paddingStart: sizes.first,
    scrollPaddingStart: sizes.first,
    rangeExtractor: useMemo(() => withActive(active.column), [active.column]),
  })
  return {
    sizes,
    rows: rowVirtualizer.getVirtualItems(),
    columns: columnVirtualizer.getVirtualItems(),
    width: columnVirtualizer.getTotalSize(),
    height: rowVirtualizer.getTotalSize(),
    page: () => Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 400) - sizes.header) / ROW_PX) - 1),
    scrollTo(place) {
      rowVirtualizer.scrollToIndex(place.row, { align: 'auto' })
      columnVirtualizer.scrollToIndex(place.column, { align: 'auto' })
    },
  }
}
