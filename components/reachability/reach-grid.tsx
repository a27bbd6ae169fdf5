'use client'

import { type ComponentProps, useRef, useState } from 'react'
import { elementAt, placeOf } from '@/components/placement/cell-element'
import { moved, type Place } from '@/components/placement/matrix-model'
import { useActiveCell } from '@/components/placement/use-active-cell'
import { useMatrixViewport } from '@/components/placement/use-matrix-viewport'
import { ReachDialog } from '@/components/reachability/reach-dialog'
import type { ReachLayout, ReachTable } from '@/components/reachability/reach-model'
import { BackendName, OneReachRow } from '@/components/reachability/reach-row'

/** A table has rows and cells already; that keys lead from cell to cell makes it a grid. */
const GRID = { role: 'grid', 'aria-label': 'Storages from hosts', tabIndex: -1 } as const

/** Hosts down, storages across; only what is near the window is in the page. Arrow keys lead from cell to cell, Enter opens one. */
export function ReachGrid({ table, layout }: { table: ReachTable; layout: ReachLayout }) {
  const scroller = useRef<HTMLDivElement>(null)
  const { active, setActive, moveTo } = useActiveCell(scroller, layout)
  const viewport = useMatrixViewport(scroller, { keys: table.backends, layout, active })
  const [opened, setOpened] = useState<Place | null>(null)
  const cellAt = ({ row, column }: Place) => layout.rows[row]?.cells[layout.columns[column] ?? -1]
  const cell = opened === null ? undefined : cellAt(opened)
  const { sizes } = viewport

  function open(place: Place) {
    setActive(place)
    if (cellAt(place)) setOpened(place)
  }
  const events: ComponentProps<'table'> = {
    onKeyDown(event) {
      const from = placeOf(event.target)
      if (!from) return
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault()
        return open(from)
      }
      const to = moved(layout, from, event.key, { isControl: event.ctrlKey || event.metaKey, page: viewport.page() })
      if (!to) return
      event.preventDefault()
      moveTo(to)
      viewport.scrollTo(to)
    },
    onFocus(event) {
      const place = placeOf(event.target)
      if (place) setActive(place)
    },
    onClick(event) {
      const place = placeOf(event.target)
      if (place) open(place)
    },
  }
  return (
    <div className="panel overflow-hidden md:-mb-10">
      <div
        ref={scroller}
        className="relative max-h-[max(16rem,calc(100dvh-14.75rem))] overflow-auto max-md:max-h-[max(16rem,calc(100dvh-7rem))]"
      >
        <table
          aria-rowcount={layout.rows.length + 1}
          aria-colcount={layout.columns.length + 1}
          className="relative block outline-none"
          style={{ width: viewport.width, height: viewport.height }}
          {...GRID}
          {...events}
        >
          <thead className="sticky top-0 z-20 block" style={{ height: sizes.header }}>
            <tr aria-rowindex={1} className="relative block h-full">
              <th
                scope="col"
                style={{ width: sizes.first, height: sizes.header }}
                className="sticky left-0 z-30 flex items-end border-r border-b border-line bg-surface px-3 pb-2 text-12 font-normal text-muted"
              >
                {layout.rows.length} {layout.rows.length === 1 ? 'host' : 'hosts'}
              </th>
              {viewport.columns.map((item) => {
                const backend = table.backends[layout.columns[item.index] ?? -1]
                return backend && <BackendName key={item.key} backend={backend} item={item} sizes={sizes} />
              })}
            </tr>
          </thead>
          <tbody className="block">
            {viewport.rows.map((item) => {
              const row = layout.rows[item.index]
              return (
                row && (
                  <OneReachRow
                    key={item.key}
                    row={row}
                    index={item.index}
                    start={item.start}
                    sizes={sizes}
                    backends={table.backends}
                    columns={layout.columns}
                    items={viewport.columns}
                    width={viewport.width}
                    active={active.row === item.index ? active.column : null}
                  />
                )
              )
            })}
          </tbody>
        </table>
      </div>
      {opened && cell && (
        <ReachDialog
          cell={cell}
          onClose={() => {
            setOpened(null)
            elementAt(scroller.current, opened)?.focus({ preventScroll: true })
          }}
        />
      )}
    </div>
  )
}
