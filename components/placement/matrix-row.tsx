'use client'

import type { VirtualItem } from '@tanstack/react-virtual'
import Link from 'next/link'
import { memo } from 'react'
import { TypeIcon } from '@/components/backends/backend-type'
import type { Cell, MatrixRow } from '@/components/placement/matrix-model'
import { cn } from '@/components/ui/cn'
import { ShapeAt, Status } from '@/components/ui/status'
import type { MatrixMount } from '@/lib/mounts/matrix/matrix-schema'
import type { Tone } from '@/lib/tones'

export const ROW_PX = 32
export const GROUP_PX = 32
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
  const header = column >= NAME_FITS_PX ? WIDE_HEADER_PX : TALL_HEADER_PX
  return {
    first,
    column,
    header,
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
  const isAway = row.host.status !== 'online'
  return (
    <tr aria-rowindex={index + 2} className="group/row absolute left-0 isolate block" style={place}>
      <th
        scope="row"
        style={{ width: sizes.first }}
        className={cn(
          'left-0 flex h-full items-center gap-2 border-r border-b border-line bg-surface pr-2 pl-3 text-left text-12 font-normal group-hover/row:bg-hover',
          sizes.isWide ? 'sticky z-10' : 'absolute',
        )}
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
              'absolute top-0 flex items-center justify-center border-b border-line focus-visible:z-5 focus-visible:rounded-sm focus-visible:-outline-offset-2',
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
          'flex min-w-0 items-center gap-1.5 text-12 hover:text-ink',
          isLit ? 'font-medium text-ink' : 'text-muted',
          isTall ? 'flex-col-reverse' : 'max-w-full px-2',
        )}
      >
        <TypeIcon type={mount.type} className="size-3.5" />
        <span className={cn('truncate', isTall && 'max-h-24 rotate-180 [writing-mode:vertical-rl]')}>{mount.name}</span>
      </Link>
    </th>
  )
})
