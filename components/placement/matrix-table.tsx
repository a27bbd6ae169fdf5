'use client'

import type { ComponentProps } from 'react'
import type { Matrix, MatrixLayout, Place } from '@/components/placement/matrix-model'
import { ColumnName, OneRow } from '@/components/placement/matrix-row'
import type { MatrixViewport } from '@/components/placement/use-matrix-viewport'
import type { Tone } from '@/lib/tones'

/** A table has rows and cells already; that keys lead from cell to cell makes it a grid. */
const GRID = { role: 'grid', 'aria-label': 'Mounts on hosts', tabIndex: -1 } as const

interface Props {
  matrix: Matrix
  layout: MatrixLayout
  viewport: MatrixViewport
  /** The cell that a Tab leads to. */
  active: Place
  /** The column of the cell that is looked at. */
  lit: number | undefined
  tone: Tone | ''
}

function ColumnNames({ matrix, layout, viewport: { sizes, columns }, lit }: Omit<Props, 'active' | 'tone'>) {
  return (
    <thead className="sticky top-0 z-20 block" style={{ height: sizes.header }}>
      <tr aria-rowindex={1} className="relative block h-full">
        <th
          scope="col"
          style={{ width: sizes.first, height: sizes.header }}
          className="sticky left-0 z-30 flex items-end border-r border-b border-line bg-surface px-3 pb-2 text-12 font-normal text-muted"
        >
          {layout.hosts} {layout.hosts === 1 ? 'host' : 'hosts'}
        </th>
        {columns.map((item) => {
          const mount = matrix.mounts[layout.columns[item.index] ?? -1]
          return (
            mount && <ColumnName key={item.key} mount={mount} item={item} sizes={sizes} isLit={lit === item.index} />
          )
        })}
      </tr>
    </thead>
  )
}

function Rows({ layout, viewport, active, tone }: Omit<Props, 'matrix' | 'lit'>) {
  return (
    <tbody className="block">
      {viewport.rows.map((item) => {
        const row = layout.rows[item.index]
        return (
          row && (
            <OneRow
              key={item.key}
              row={row}
              index={item.index}
              start={item.start}
              sizes={viewport.sizes}
              columns={layout.columns}
              items={viewport.columns}
              width={viewport.width}
              active={active.row === item.index ? active.column : null}
              tone={tone}
            />
          )
        )
      })}
    </tbody>
  )
}

/** The part of the grid that is near the window, as a table. */
export function MatrixTable({
  matrix,
  layout,
  viewport,
  active,
  lit,
  tone,
  ...events
}: Props & ComponentProps<'table'>) {
  return (
    <table
      aria-rowcount={layout.rows.length + 1}
      aria-colcount={layout.columns.length + 1}
      className="relative block outline-none"
      style={{ width: viewport.width, height: viewport.height }}
      {...GRID}
      {...events}
    >
      <ColumnNames matrix={matrix} layout={layout} viewport={viewport} lit={lit} />
      <Rows layout={layout} viewport={viewport} active={active} tone={tone} />
    </table>
  )
}
