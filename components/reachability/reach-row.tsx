'use client'

import type { VirtualItem } from '@tanstack/react-virtual'
import { memo } from 'react'
import { ColumnHead, HostHead } from '@/components/placement/matrix-heads'
import { CELL, ROW_PX, type Sizes } from '@/components/placement/matrix-row'
import type { ReachCell, ReachRow } from '@/components/reachability/reach-model'
import { cn } from '@/components/ui/cn'
import { Status, StatusShape } from '@/components/ui/status'
import type { ReachBackend } from '@/lib/reachability/schema'
import type { Tone } from '@/lib/tones'

const SOFT: Partial<Record<Tone, string>> = { critical: 'bg-critical-soft', warning: 'bg-warning-soft' }

function labelOf(cell: ReachCell | undefined, host: string, backend: ReachBackend | undefined): string {
  return `${backend?.name ?? ''} from ${host}: ${cell?.status.word ?? 'Not checked yet'}`
}

/** One host with the storages that are near the window. Drawn again only when it has changed. */
export const OneReachRow = memo(function OneReachRow({
  row,
  index,
  start,
  sizes,
  backends,
  columns,
  items,
  width,
  active,
}: {
  row: ReachRow
  index: number
  start: number
  sizes: Sizes
  backends: readonly ReachBackend[]
  columns: readonly number[]
  items: VirtualItem[]
  width: number
  /** Of the cell that a Tab leads to, if it is in this row. */
  active: number | null
}) {
  const { host } = row
  return (
    <tr
      aria-rowindex={index + 2}
      className="group/row absolute left-0 isolate block"
      style={{ top: start, width, height: ROW_PX }}
    >
      <HostHead host={host} sizes={sizes} />
      {items.map((item) => {
        const place = columns[item.index] ?? -1
        const cell = row.cells[place]
        return (
          <td
            key={item.key}
            aria-colindex={item.index + 2}
            aria-label={labelOf(cell, host.name, backends[place])}
            data-row={index}
            data-column={item.index}
            tabIndex={active === item.index ? 0 : -1}
            style={{ left: item.start, width: item.size, height: ROW_PX }}
            className={cn(
              CELL,
              cell && 'cursor-pointer',
              (cell && SOFT[cell.status.tone]) ?? 'group-hover/row:bg-hover',
            )}
          >
            {cell && sizes.hasWords && <Status {...cell.status} className="truncate px-2 text-12" />}
            {cell && !sizes.hasWords && <StatusShape tone={cell.status.tone} />}
          </td>
        )
      })}
    </tr>
  )
})

export const BackendName = memo(function BackendName({
  backend,
  item,
  sizes,
}: {
  backend: ReachBackend
  item: VirtualItem
  sizes: Sizes
}) {
  return <ColumnHead of={backend} href={`/backends/${backend.id}`} title={backend.name} item={item} sizes={sizes} />
})
