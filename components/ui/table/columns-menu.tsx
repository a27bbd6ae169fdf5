'use client'

import { Columns3, RotateCcw } from 'lucide-react'
import { IconButton } from '@/components/ui/button'
import { Menu, MenuCheck, MenuItem, MenuLabel, MenuSeparator } from '@/components/ui/menu'
import { isFixed, isShown } from '@/components/ui/table/column-choice'
import type { useColumnChoice } from '@/components/ui/table/columns-provider'
import type { Column } from '@/components/ui/table/table-model'

/** Which columns a table has. A file of it has the same. */
export function ColumnsMenu<Row>({
  columns,
  choice: { changed, toggle, reset },
}: {
  /** All there are. */
  columns: readonly Column<Row>[]
  choice: ReturnType<typeof useColumnChoice>
}) {
  return (
    <Menu trigger={<IconButton icon={Columns3} label="Columns" />}>
      <MenuLabel>Columns</MenuLabel>
      {columns
        .filter((column) => !isFixed(column))
        .map((column) => (
          <MenuCheck key={column.id} checked={isShown(column, changed)} onChange={() => toggle(column.id)}>
            <span className="flex-1">{column.header}</span>
            {column.from && <span className="text-12 text-faint max-md:hidden">in wide windows</span>}
          </MenuCheck>
        ))}
      {changed.length > 0 && (
        <>
          <MenuSeparator />
          <MenuItem icon={RotateCcw} onSelect={reset}>
            As at first
          </MenuItem>
        </>
      )}
    </Menu>
  )
}
