'use client'

import type { VirtualItem } from '@tanstack/react-virtual'
import { memo } from 'react'
import { ColumnHead, HostHead } from '@/components/placement/matrix-heads'
import type { Cell, MatrixRow } from '@/components/placement/matrix-model'
import { cn } from '@/components/ui/cn'
import { ShapeAt, Status } from '@/components/ui/status'
import type { MatrixMount } from '@/lib/mounts/matrix/matrix-schema'
import type { Tone } from '@/lib/tones'

export const ROW_PX = 32
export const GROUP_PX = 32
/** A cell of the grid, whatever it shows. */
export const CELL =
  'absolute top-0 flex items-center justify-center border-b border-line focus-visible:z-5 focus-visible:rounded-sm focus-visible:-outline-offset-2'
const TALL_HEADER_PX = 128
const WIDE_HEADER_PX = 40
/** From this width on a column has room for its name on one line. */
const NAME_FITS_PX = 104
const LEAST_COLUMN_PX = 40
/** From this width on a cell says its word beside its shape. */
const WORD_FITS_PX = 150

const SOFT: Partial<Record<Tone, string>> = {
  critical: 'bg-critical-soft',
  warning: 'bg-warning-soft',
  drift: 'bg-drift-soft',
  working: 'bg-working-soft',
}

export interface Sizes {
  first: number
  column: number
  header: number
  /** Do names of columns stand upright? */
  isTall: boolean
  hasWords: boolean
  isPhone: boolean
  /**
   * Do the columns not fit side by side? Only then do names of hosts stick to the left: every sticky cell is a layer of its own,
   * which the browser sorts with every frame.
   */
  isWide: boolean
}

export function sizesFor(width: number, columns: number): Sizes {
  const isPhone = width < 640
  const first = isPhone ? 124 : 208
  const column = Math.max(LEAST_COLUMN_PX, (width - first) / Math.max(1, columns))
  const isTall = column < NAME_FITS_PX
  return {
    first,
    column,
    header: isTall ? TALL_HEADER_PX : WIDE_HEADER_PX,
    isTall,
    hasWords: column >= WORD_FITS_PX,
    isPhone,
    isWide: column * columns > width - first + 1,
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

/** The shapes of a row in one drawing: one in each cell would be a hundred drawings more for the painter with every frame. */
function Shapes({
  row,
  columns,
  items,
  width,
  tone,
}: Pick<RowProps, 'columns' | 'items' | 'width' | 'tone'> & { row: readonly (Cell | undefined)[] }) {
  return (
    <td role="presentation" aria-hidden className="pointer-events-none absolute top-0 left-0">
      <svg width={width} height={ROW_PX} className="block" aria-hidden>
        {items.map((item) => {
          const cell = row[columns[item.index] ?? -1]
          return (
            cell && (
              <ShapeAt
                key={item.key}
                tone={cell.status.tone}
                x={Math.round(item.start + item.size / 2)}
                y={ROW_PX / 2}
                className={cn(
                  cell.status.tone === 'working' && 'animate-working',
                  tone && cell.status.tone !== tone && 'opacity-35',
                )}
              />
            )
          )
        })}
      </svg>
    </td>
  )
}

/** One host, or the heading of a group. Drawn again only when it has changed. */
export const OneRow = memo(function OneRow({
  row,
  index,
  start,
  sizes,
  columns,
  items,
  width,
  active,
  tone,
}: RowProps) {
  // Rows never move; a transform each would be a part of its own to the painter.
  const place = { top: start, width, height: row.kind === 'group' ? GROUP_PX : ROW_PX }
  if (row.kind === 'group') {
    return (
      <tr aria-rowindex={index + 2} className="absolute left-0 isolate block bg-sunken" style={place}>
        <th
          scope="rowgroup"
          className="sticky left-0 inline-flex h-full items-center gap-2 px-3 text-12 font-medium whitespace-nowrap"
        >
          {row.name}
          <span className="tabular font-normal text-muted">
            {row.hosts} {row.hosts === 1 ? 'host' : 'hosts'}
            {row.failing > 0 && <span className="text-critical"> · {row.failing} with trouble</span>}
            {row.away > 0 && <span className="text-warning"> · {row.away} not online</span>}
          </span>
        </th>
      </tr>
    )
  }
  return (
    <tr aria-rowindex={index + 2} className="group/row absolute left-0 isolate block" style={place}>
      <HostHead host={row.host} sizes={sizes} />
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
              CELL,
              cell && 'cursor-pointer',
              (cell && SOFT[cell.status.tone]) ?? 'group-hover/row:bg-hover',
              cell && tone && cell.status.tone !== tone && 'opacity-35',
            )}
          >
            {cell && sizes.hasWords && <Status {...cell.status} className="truncate px-2 text-12" />}
          </td>
        )
      })}
      {!sizes.hasWords && <Shapes row={row.cells} columns={columns} items={items} width={width} tone={tone} />}
    </tr>
  )
})

export const ColumnName = memo(function ColumnName({
  mount,
  item,
  sizes,
  isLit,
}: {
  mount: MatrixMount
  item: VirtualItem
  sizes: Sizes
  /** A cell of this column is looked at. */
  isLit: boolean
}) {
  return (
    <ColumnHead
      of={mount}
      href={`/mounts/${mount.id}`}
      title={`${mount.name}, ${mount.mount_point}`}
      item={item}
      sizes={sizes}
      isLit={isLit}
    />
  )
})
