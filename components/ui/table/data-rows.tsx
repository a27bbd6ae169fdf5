'use client'

import type { Row as TableRow } from '@tanstack/react-table'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { memo, type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import { Checkbox } from '@/components/ui/checkbox'
import { cn } from '@/components/ui/cn'
import { endOf, pinned, pinnedGround } from '@/components/ui/table/pinned'
import type { Column, features } from '@/components/ui/table/table-model'

type Rendered<Row extends object> = TableRow<typeof features, Row>

interface RowsProps<Row extends object> {
  rows: Rendered<Row>[]
  columns: Column<Row>[]
  selectable: boolean
  /** Is the table scrolled sideways, so that both ends of a row have to stay in view? */
  isPinned: boolean
  /** What is said below a row, if anything is. */
  below?: ((row: Row) => ReactNode) | undefined
}

const CARD = {
  title: 'max-md:flex-1 max-md:basis-1/2 max-md:font-medium',
  aside: '',
  hidden: 'max-md:hidden',
  fact: 'max-md:order-2 max-md:inline-flex max-md:items-center max-md:gap-1.5 max-md:text-12',
  actions: 'max-md:order-3 max-md:ml-auto',
  line: 'max-md:flex max-md:w-full max-md:items-center max-md:justify-between max-md:gap-4',
}

interface RowProps<Row extends object> {
  row: Rendered<Row>
  original: Row
  columns: Column<Row>[]
  selectable: boolean
  isPinned: boolean
  selected: boolean
  below: ReactNode
  index?: number
  measure?: (element: HTMLTableRowElement | null) => void
}

function OneRow<Row extends object>(props: RowProps<Row>) {
  const { row, original, columns, selectable, isPinned, selected, below, index, measure } = props
  const ends = (end: Parameters<typeof pinned>[0]) =>
    isPinned && end && [pinned(end, selectable), pinnedGround(selected)]
  const line = (
    <tr
      ref={measure}
      data-index={index}
      aria-selected={selectable ? selected : undefined}
      className={cn(
        'group/row relative transition-colors duration-75 hover:bg-hover',
        'max-md:mb-2 max-md:flex max-md:flex-wrap max-md:items-center max-md:gap-x-3 max-md:gap-y-1 max-md:rounded-lg max-md:border max-md:border-line max-md:bg-surface max-md:px-3.5 max-md:py-3',
        // The short facts begin a line of their own.
        "max-md:after:order-1 max-md:after:w-full max-md:after:content-['']",
        selected && 'bg-accent-soft hover:bg-accent-soft',
        below && '*:md:border-b-0',
      )}
    >
      {selectable && (
        <td
          className={cn(
            'h-row border-b border-line pl-3 align-middle leading-0 group-last/row:border-b-0 max-md:h-auto max-md:border-0 max-md:p-0',
            ends('marks'),
          )}
        >
          <Checkbox
            label="Mark this row"
            className="z-10"
            checked={selected}
            onChange={(checked) => row.toggleSelected(checked)}
          />
        </td>
      )}
      {columns.map((column) => (
        <td
          key={column.id}
          className={cn(
            'h-row truncate border-b border-line px-3 py-0 align-middle group-last/row:border-b-0 *:align-middle',
            'max-md:h-auto max-md:border-0 max-md:p-0',
            column.align === 'right' && 'text-right max-md:text-left',
            column.from === 'lg' && 'md:max-lg:hidden',
            column.from === 'xl' && 'md:max-xl:hidden',
            column.from === 'wide' && 'md:max-wide:hidden',
            CARD[column.card ?? 'line'],
            ends(endOf(column)),
          )}
        >
          {(column.card === undefined || column.card === 'fact') && (
            <span className="shrink-0 text-12 text-muted md:hidden">{column.header}</span>
          )}
          {column.cell(original)}
        </td>
      ))}
    </tr>
  )
  if (!below) return line
  return (
    <>
      {line}
      <tr className="group/row max-md:block">
        <td
          colSpan={columns.length + (selectable ? 1 : 0)}
          className={cn(
            'border-b border-line px-3 pb-3 group-last/row:border-b-0 max-md:block max-md:border-0',
            selectable && 'md:pl-13',
          )}
        >
          {below}
        </td>
      </tr>
    </>
  )
}

const MemoRow = memo(OneRow) as typeof OneRow

export function PlainRows<Row extends object>({ rows, columns, selectable, isPinned, below }: RowsProps<Row>) {
  return (
    <tbody className="max-md:block">
      {rows.map((row) => (
        <MemoRow
          key={row.id}
          row={row}
          original={row.original}
          columns={columns}
          selectable={selectable}
          isPinned={isPinned}
          selected={row.getIsSelected()}
          below={below?.(row.original)}
        />
      ))}
    </tbody>
  )
}

const ROW_PX = 41
const CARD_PX = 110
/** What the server renders: enough for the first screen, before the window's size is known. */
const FIRST_SCREEN = { width: 1440, height: 1200 }

export function VirtualRows<Row extends object>({ rows, columns, selectable, isPinned, below }: RowsProps<Row>) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [place, setPlace] = useState({ top: 0, cards: false })
  useLayoutEffect(() => {
    const query = window.matchMedia('(max-width: 767px)')
    function measure() {
      const top = (body.current?.getBoundingClientRect().top ?? 0) + window.scrollY
      setPlace((old) => (old.top === top && old.cards === query.matches ? old : { top, cards: query.matches }))
    }
    measure()
    query.addEventListener('change', measure)
    return () => query.removeEventListener('change', measure)
  }, [])
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => (place.cards ? CARD_PX : ROW_PX),
    overscan: 12,
    scrollMargin: place.top,
    initialRect: FIRST_SCREEN,
    getItemKey: (index) => rows[index]?.id ?? index,
  })
  const items = virtualizer.getVirtualItems()
  const before = Math.max(0, (items[0]?.start ?? place.top) - place.top)
  const after = Math.max(0, virtualizer.getTotalSize() - ((items.at(-1)?.end ?? place.top) - place.top))
  const span = columns.length + (selectable ? 1 : 0)
  return (
    <tbody ref={body} className="max-md:block">
      <Spacer height={before} span={span} />
      {items.map((item) => {
        const row = rows[item.index]
        if (!row) return null
        return (
          <MemoRow
            key={row.id}
            row={row}
            original={row.original}
            columns={columns}
            selectable={selectable}
            isPinned={isPinned}
            selected={row.getIsSelected()}
            below={below?.(row.original)}
            index={item.index}
            measure={virtualizer.measureElement}
          />
        )
      })}
      <Spacer height={after} span={span} />
    </tbody>
  )
}

function Spacer({ height, span }: { height: number; span: number }) {
  if (height <= 0) return null
  return (
    <tr aria-hidden className="max-md:block">
      <td colSpan={span} style={{ height }} className="p-0 max-md:block" />
    </tr>
  )
}
