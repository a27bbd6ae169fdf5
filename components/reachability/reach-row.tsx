'use client'

import type { VirtualItem } from '@tanstack/react-virtual'
import Link from 'next/link'
import { memo } from 'react'
import { TypeIcon } from '@/components/backends/backend-type'
import { ROW_PX, type Sizes } from '@/components/placement/matrix-row'
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
  const isAway = host.status !== 'online'
  return (
    <tr
      aria-rowindex={index + 2}
      className="group/row absolute left-0 isolate block"
      style={{ top: start, width, height: ROW_PX }}
    >
      <th
        scope="row"
        style={{ width: sizes.first }}
        className={cn(
          'left-0 flex h-full items-center gap-2 border-r border-b border-line bg-surface pr-2 pl-3 text-left text-12 font-normal group-hover/row:bg-hover',
          sizes.isWide ? 'sticky z-10' : 'absolute',
        )}
      >
        <Link
          href={`/hosts/${host.id}`}
          prefetch={false}
          tabIndex={-1}
          title={host.name}
          className={cn('min-w-0 truncate hover:underline', isAway && 'text-muted')}
        >
          {host.name}
        </Link>
        {isAway && <span className="ml-auto shrink-0 text-12 text-warning max-sm:hidden">{host.status}</span>}
      </th>
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
              'absolute top-0 flex items-center justify-center border-b border-line focus-visible:z-5 focus-visible:rounded-sm focus-visible:-outline-offset-2',
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
  const isTall = sizes.column < sizes.header
  return (
    <th
      scope="col"
      aria-colindex={item.index + 2}
      style={{ left: item.start, width: item.size, height: sizes.header }}
      className="absolute top-0 flex items-end justify-center border-b border-line bg-surface pb-2 font-normal"
    >
      <Link
        href={`/backends/${backend.id}`}
        prefetch={false}
        tabIndex={-1}
        title={backend.name}
        className={cn(
          'flex min-w-0 items-center gap-1.5 text-12 text-muted hover:text-ink',
          isTall ? 'flex-col-reverse' : 'max-w-full px-2',
        )}
      >
        <TypeIcon type={backend.type} className="size-3.5" />
        <span className={cn('truncate', isTall && 'max-h-24 rotate-180 [writing-mode:vertical-rl]')}>
          {backend.name}
        </span>
      </Link>
    </th>
  )
})
