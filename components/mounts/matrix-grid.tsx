'use client'

import { defaultRangeExtractor, type Range, useVirtualizer, type VirtualItem } from '@tanstack/react-virtual'
import Link from 'next/link'
import {
  type ComponentProps,
  type KeyboardEvent,
  memo,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { MatrixCard } from '@/components/mounts/matrix-card'
import {
  type Cell,
  type Matrix,
  type MatrixLayout,
  type MatrixRow,
  moved,
  type Place,
} from '@/components/mounts/matrix-model'
import { cn } from '@/components/ui/cn'
import { StatusShape, type Tone } from '@/components/ui/status'
import type { MatrixMount } from '@/lib/mounts/matrix-schema'

const ROW_PX = 32
const GROUP_PX = 32
const TALL_HEADER_PX = 128
const WIDE_HEADER_PX = 40
/** From this width on a column has room for its name on one line. */
const NAME_FITS_PX = 104
const LEAST_COLUMN_PX = 40
const MOST_COLUMN_PX = 160
/** What the server renders: enough for the first screen, before the window's size is known. */
const FIRST_SCREEN = { width: 1180, height: 900 }
const OPEN_AFTER_MS = 120
const CLOSE_AFTER_MS = 200

const SOFT: Partial<Record<Tone, string>> = {
  critical: 'bg-critical-soft',
  warning: 'bg-warning-soft',
  working: 'bg-working-soft',
}

interface Sizes {
  first: number
  column: number
  header: number
  isPhone: boolean
}

function sizesFor(width: number, columns: number): Sizes {
  const isPhone = width < 640
  const first = isPhone ? 124 : 208
  const column = Math.min(MOST_COLUMN_PX, Math.max(LEAST_COLUMN_PX, Math.floor((width - first) / Math.max(1, columns))))
  return { first, column, header: column >= NAME_FITS_PX ? WIDE_HEADER_PX : TALL_HEADER_PX, isPhone }
}

/** The cell that a Tab leads to stays in the page wherever the window is, and with it the focus. */
function withActive(at: number): (range: Range) => number[] {
  return (range) => {
    const inView = defaultRangeExtractor(range)
    return at < 0 || at >= range.count || inView.includes(at) ? inView : [...inView, at].sort((a, b) => a - b)
  }
}

interface RowProps {
  row: MatrixRow
  index: number
  start: number
  sizes: Sizes
  columns: readonly number[]
  items: VirtualItem[]
  width: number
  /** Of the cell that a Tab leads to, if it is in this row. */
  active: number | null
  tone: Tone | ''
}

const OneRow = memo(function OneRow({ row, index, start, sizes, columns, items, width, active, tone }: RowProps) {
  const place = { transform: `translateY(${start}px)`, width, height: row.kind === 'group' ? GROUP_PX : ROW_PX }
  if (row.kind === 'group') {
    return (
      <tr aria-rowindex={index + 2} className="absolute top-0 left-0 block bg-sunken" style={place}>
        <th
          scope="rowgroup"
          className="sticky left-0 inline-flex h-full items-center gap-2 px-3 text-12 font-medium whitespace-nowrap"
        >
          {row.name}
          <span className="tabular font-normal text-muted">
            {row.hosts} {row.hosts === 1 ? 'host' : 'hosts'}
            {row.failing > 0 && <span className="text-warning"> · {row.failing} with trouble</span>}
          </span>
        </th>
      </tr>
    )
  }
  const isAway = row.host.status !== 'online'
  return (
    <tr aria-rowindex={index + 2} className="group/row absolute top-0 left-0 block" style={place}>
      <th
        scope="row"
        style={{ width: sizes.first }}
        className="sticky left-0 z-10 flex h-full items-center gap-2 border-r border-b border-line bg-surface pr-2 pl-3 text-left text-12 font-normal group-hover/row:bg-hover"
      >
        <Link
          href={`/hosts/${row.host.id}`}
          prefetch={false}
          tabIndex={-1}
          title={row.host.name}
          className={cn('min-w-0 truncate hover:underline', isAway && 'text-muted')}
        >
          {row.host.name}
        </Link>
        {isAway && <span className="ml-auto shrink-0 text-12 text-warning max-sm:hidden">{row.host.status}</span>}
      </th>
      {items.map((item) => {
        const cell = row.cells[columns[item.index] ?? -1]
        return (
          <td
            key={item.key}
            aria-colindex={item.index + 2}
            aria-label={cell ? `${cell.mount.name} on ${row.host.name}: ${cell.status.word}` : 'Not for this host'}
            data-row={index}
            data-column={item.index}
            tabIndex={active === item.index ? 0 : -1}
            style={{ left: item.start, width: item.size, height: ROW_PX }}
            className={cn(
              'absolute top-0 flex items-center justify-center border-b border-line focus-visible:z-5 focus-visible:rounded-sm focus-visible:-outline-offset-2 group-hover/row:bg-hover',
              cell && 'cursor-pointer',
              cell && SOFT[cell.status.tone],
              cell && tone && cell.status.tone !== tone && 'opacity-35',
            )}
          >
            {cell && <StatusShape tone={cell.status.tone} />}
          </td>
        )
      })}
    </tr>
  )
})

function ColumnName({ mount, item, sizes }: { mount: MatrixMount; item: VirtualItem; sizes: Sizes }) {
  const isTall = sizes.header === TALL_HEADER_PX
  return (
    <th
      scope="col"
      aria-colindex={item.index + 2}
      style={{ left: item.start, width: item.size, height: sizes.header }}
      className="absolute top-0 flex items-end justify-center border-b border-line bg-surface pb-2 font-normal"
    >
      <Link
        href={`/mounts/${mount.id}`}
        prefetch={false}
        tabIndex={-1}
        title={`${mount.name}, ${mount.mount_point}`}
        className={cn(
          'truncate text-12 text-muted hover:text-ink',
          isTall ? 'max-h-28 rotate-180 [writing-mode:vertical-rl]' : 'max-w-full px-2',
        )}
      >
        {mount.name}
      </Link>
    </th>
  )
}

interface Shown {
  place: Place
  anchor: Element
  isHeld: boolean
}

/** Hosts down, mounts across; only what is near the window is in the page. Arrow keys lead from cell to cell. */
export function MatrixGrid({ matrix, layout, tone }: { matrix: Matrix; layout: MatrixLayout; tone: Tone | '' }) {
  const { rows, columns } = layout
  const scroller = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(FIRST_SCREEN.width)
  const sizes = useMemo(() => sizesFor(width, columns.length), [width, columns.length])
  const firstHost = rows.findIndex((row) => row.kind === 'host')
  const [wanted, setActive] = useState<Place>({ row: 0, column: 0 })
  const isThere = rows[wanted.row]?.kind === 'host' && wanted.column < columns.length
  const active = isThere ? wanted : { row: Math.max(0, firstHost), column: 0 }
  const [shown, setShown] = useState<Shown | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const shouldFocus = useRef(false)

  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

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
      getItemKey: (index: number) => matrix.mounts[columns[index] ?? -1]?.id ?? index,
    }),
    [sizes.column, columns, matrix.mounts],
  )
  const rowVirtualizer = useVirtualizer({
    ...rowOptions,
    count: rows.length,
    getScrollElement: () => scroller.current,
    overscan: 8,
    paddingStart: sizes.header,
    scrollPaddingStart: sizes.header,
    initialRect: FIRST_SCREEN,
    rangeExtractor: useMemo(() => withActive(active.row), [active.row]),
  })
  const columnVirtualizer = useVirtualizer({
    ...columnOptions,
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    overscan: 4,
    paddingStart: sizes.first,
    scrollPaddingStart: sizes.first,
    initialRect: FIRST_SCREEN,
    rangeExtractor: useMemo(() => withActive(active.column), [active.column]),
  })

  const cellAt = useCallback(
    ({ row, column }: Place): Cell | undefined => {
      const found = rows[row]
      return found?.kind === 'host' ? found.cells[columns[column] ?? -1] : undefined
    },
    [rows, columns],
  )
  const elementAt = ({ row, column }: Place) =>
    scroller.current?.querySelector<HTMLElement>(`[data-row="${row}"][data-column="${column}"]`)

  useEffect(() => {
    if (!shouldFocus.current) return
    shouldFocus.current = false
    elementAt(active)?.focus({ preventScroll: true })
  })

  function goTo(place: Place) {
    setShown(null)
    shouldFocus.current = true
    setActive(place)
    rowVirtualizer.scrollToIndex(place.row, { align: 'auto' })
    columnVirtualizer.scrollToIndex(place.column, { align: 'auto' })
  }
  function close(returnFocus: boolean) {
    clearTimeout(timer.current)
    if (returnFocus && shown?.isHeld) elementAt(shown.place)?.focus({ preventScroll: true })
    setShown(null)
  }
  function open(place: Place, isHeld: boolean) {
    clearTimeout(timer.current)
    const anchor = elementAt(place)
    if (anchor && cellAt(place)) setShown({ place, anchor, isHeld })
    else setShown(null)
  }
  function placeOf(target: EventTarget): Place | undefined {
    const { row, column } = (target as Element).closest<HTMLElement>('[data-row]')?.dataset ?? {}
    return row === undefined || column === undefined ? undefined : { row: Number(row), column: Number(column) }
  }
  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const from = placeOf(event.target)
    if (!from) return
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      open(from, true)
      return
    }
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 400) - sizes.header) / ROW_PX) - 1)
    const to = moved(layout, from, event.key, { isControl: event.ctrlKey || event.metaKey, page })
    if (!to) return
    event.preventDefault()
    goTo(to)
  }

  const grid: ComponentProps<'table'> = {
    role: 'grid',
    'aria-label': 'Mounts on hosts',
    tabIndex: -1,
    onKeyDown,
    onFocus(event) {
      const place = placeOf(event.target)
      if (!place) return
      setActive(place)
      if (event.target.matches(':focus-visible')) open(place, false)
    },
    onBlur: () => shown && !shown.isHeld && close(false),
    onClick(event) {
      const place = placeOf(event.target)
      if (!place) return
      setActive(place)
      open(place, true)
    },
    onPointerOver(event) {
      if (event.pointerType !== 'mouse' || shown?.isHeld) return
      const place = placeOf(event.target)
      clearTimeout(timer.current)
      if (place && cellAt(place)) timer.current = setTimeout(() => open(place, false), shown ? 30 : OPEN_AFTER_MS)
      else if (shown) timer.current = setTimeout(() => close(false), CLOSE_AFTER_MS)
    },
    onPointerLeave() {
      clearTimeout(timer.current)
      if (shown && !shown.isHeld) timer.current = setTimeout(() => close(false), CLOSE_AFTER_MS)
    },
  }
  const items = columnVirtualizer.getVirtualItems()
  const totalWidth = columnVirtualizer.getTotalSize()
  const cell = shown ? cellAt(shown.place) : undefined
  return (
    <div className="panel overflow-hidden">
      <div
        ref={scroller}
        className="relative max-h-[calc(100dvh-17rem)] min-h-64 overflow-auto overscroll-contain max-md:max-h-[calc(100dvh-9rem)]"
        onScroll={() => shown && !shown.isHeld && close(false)}
      >
        <table
          aria-rowcount={rows.length + 1}
          aria-colcount={columns.length + 1}
          className="relative block outline-none"
          style={{ width: totalWidth, height: rowVirtualizer.getTotalSize() }}
          {...grid}
        >
          <thead className="sticky top-0 z-20 block" style={{ height: sizes.header }}>
            <tr aria-rowindex={1} className="relative block h-full">
              <th
                scope="col"
                style={{ width: sizes.first, height: sizes.header }}
                className="sticky left-0 z-30 flex items-end border-r border-b border-line bg-surface px-3 pb-2 text-12 font-normal text-muted"
              >
                {layout.hosts} {layout.hosts === 1 ? 'host' : 'hosts'} × {columns.length}
              </th>
              {items.map((item) => {
                const mount = matrix.mounts[columns[item.index] ?? -1]
                return mount && <ColumnName key={item.key} mount={mount} item={item} sizes={sizes} />
              })}
            </tr>
          </thead>
          <tbody className="block">
            {rowVirtualizer.getVirtualItems().map((item) => {
              const row = rows[item.index]
              return (
                row && (
                  <OneRow
                    key={item.key}
                    row={row}
                    index={item.index}
                    start={item.start}
                    sizes={sizes}
                    columns={columns}
                    items={items}
                    width={totalWidth}
                    active={active.row === item.index ? active.column : null}
                    tone={tone}
                  />
                )
              )
            })}
          </tbody>
        </table>
      </div>
      {shown && cell && (
        <MatrixCard
          key={`${shown.place.row} ${shown.place.column} ${shown.isHeld}`}
          cell={cell}
          anchor={shown.anchor}
          isHeld={shown.isHeld}
          isPhone={sizes.isPhone}
          onClose={() => close(true)}
          onEnter={() => clearTimeout(timer.current)}
          onLeave={() => {
            if (!shown.isHeld) timer.current = setTimeout(() => close(false), CLOSE_AFTER_MS)
          }}
        />
      )}
    </div>
  )
}
