'use client'

import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual'
import dynamic from 'next/dynamic'
import {
  type ComponentProps,
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { MatrixCard } from '@/components/matrix/matrix-card'
import { type Cell, type Matrix, type MatrixLayout, moved, type Place } from '@/components/matrix/matrix-model'
import { ColumnName, GROUP_PX, OneRow, ROW_PX, sizesFor } from '@/components/matrix/matrix-row'
import { useSync } from '@/components/mounts/use-sync'
import type { Tone } from '@/components/ui/status'
import type { MatrixMount } from '@/lib/mounts/matrix/matrix-schema'

const ActOnMount = dynamic(() => import('@/components/mounts/mount-dialogs').then((module) => module.ActOnMount), {
  ssr: false,
})

/** What the server renders: enough for the first screen, before the window's size is known. */
const FIRST_SCREEN = { width: 1180, height: 900 }
const OPEN_AFTER_MS = 120
const CLOSE_AFTER_MS = 200

/** The cell that a Tab leads to stays in the page wherever the window is, and with it the focus. */
function withActive(at: number): (range: Range) => number[] {
  return (range) => {
    const inView = defaultRangeExtractor(range)
    return at < 0 || at >= range.count || inView.includes(at) ? inView : [...inView, at].sort((a, b) => a - b)
  }
}

interface Shown {
  place: Place
  anchor: Element
  isHeld: boolean
}

interface Acting {
  mount: MatrixMount
  verb: 'mount' | 'unmount'
  hostIds: readonly string[]
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
  const [acting, setActing] = useState<Acting | null>(null)
  const { sync, review } = useSync()
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
    // Both hear every scroll; one drawing for the two is enough.
    useFlushSync: false,
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
    useFlushSync: false,
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
    <div className="panel overflow-hidden md:-mb-10">
      <div
        ref={scroller}
        className="relative max-h-[max(16rem,calc(100dvh-14.75rem))] overflow-auto max-md:max-h-[max(16rem,calc(100dvh-7rem))]"
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
                {layout.hosts} {layout.hosts === 1 ? 'host' : 'hosts'}
              </th>
              {items.map((item) => {
                const mount = matrix.mounts[columns[item.index] ?? -1]
                const isLit = shown?.place.column === item.index
                return mount && <ColumnName key={item.key} mount={mount} item={item} sizes={sizes} isLit={isLit} />
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
          onAct={(verb) => {
            close(false)
            const what = { mount: cell.mount, hostIds: [cell.host.id] }
            if (verb === 'sync') sync(what)
            else setActing({ ...what, verb })
          }}
          onClose={() => close(true)}
          onEnter={() => clearTimeout(timer.current)}
          onLeave={() => {
            if (!shown.isHeld) timer.current = setTimeout(() => close(false), CLOSE_AFTER_MS)
          }}
        />
      )}
      {review}
      {acting && <ActOnMount {...acting} onClose={() => setActing(null)} />}
    </div>
  )
}
