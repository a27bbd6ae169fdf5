import { ArrowDown, ArrowUp } from 'lucide-react'
import { Checkbox } from '@/components/ui/checkbox'
import { cn } from '@/components/ui/cn'
import { endOf, pinned } from '@/components/ui/table/pinned'
import type { Column } from '@/components/ui/table/table-model'

function HeaderCell<Row>({
  column,
  direction,
  pin,
  onSort,
}: {
  column: Column<Row>
  direction: 'asc' | 'desc' | undefined
  /** Classes of a cell that stays in view while the rest is scrolled sideways. */
  pin: string | undefined
  onSort: () => void
}) {
  const Arrow = direction === 'desc' ? ArrowDown : ArrowUp
  return (
    <th
      scope="col"
      aria-sort={direction === 'asc' ? 'ascending' : direction === 'desc' ? 'descending' : undefined}
      className={cn(
        'sticky top-(--head-top) z-20 h-9 border-b border-line bg-surface px-3 text-left font-normal text-12 text-muted first:rounded-tl-lg last:rounded-tr-lg',
        column.align === 'right' && 'text-right',
        column.width,
        column.from === 'lg' && 'max-lg:hidden',
        column.from === 'xl' && 'max-xl:hidden',
        column.from === 'wide' && 'max-wide:hidden',
        pin && ['md:z-25', pin],
      )}
    >
      {column.sort ? (
        <button
          type="button"
          onClick={onSort}
          className={cn(
            'group -mx-1 inline-flex h-6 items-center gap-1 rounded-sm px-1 hover:text-ink',
            direction && 'text-ink',
            column.align === 'right' && 'flex-row-reverse',
          )}
        >
          {column.header}
          <Arrow
            aria-hidden
            className={cn('size-3', !direction && 'opacity-0 group-hover:opacity-50 group-focus-visible:opacity-50')}
          />
        </button>
      ) : (
        <span className={column.card === 'actions' ? 'sr-only' : undefined}>{column.header}</span>
      )}
    </th>
  )
}

function MarkAllCell({
  noun,
  marked,
  shown,
  isPinned,
  onMark,
}: {
  noun: string
  /** How many rows are. */
  marked: number
  shown: number
  isPinned: boolean
  onMark: (all: boolean) => void
}) {
  return (
    <th
      scope="col"
      className={cn(
        'sticky top-(--head-top) z-20 w-10 rounded-tl-lg border-b border-line bg-surface pl-3 text-left align-middle leading-0',
        isPinned && ['md:z-25', pinned('marks', true)],
      )}
    >
      <Checkbox
        label={`Mark all ${noun}`}
        checked={shown > 0 && marked === shown}
        indeterminate={marked > 0 && marked < shown}
        onChange={onMark}
      />
    </th>
  )
}

/** Names of the columns, which sort by them. Cards on a phone have none. */
export function TableHead<Row>({
  columns,
  sort,
  onSort,
  marking,
  isPinned,
}: {
  columns: Column<Row>[]
  sort: { id: string; desc: boolean } | undefined
  onSort: (id: string) => void
  /** When rows can be marked: the cell that marks all of them. */
  marking: Omit<Parameters<typeof MarkAllCell>[0], 'isPinned'> | null
  /** Do both ends of a row stay in view while the rest is scrolled sideways? */
  isPinned: boolean
}) {
  return (
    <thead className="max-md:hidden">
      <tr>
        {marking && <MarkAllCell {...marking} isPinned={isPinned} />}
        {columns.map((column) => (
          <HeaderCell
            key={column.id}
            column={column}
            direction={sort?.id === column.id ? (sort.desc ? 'desc' : 'asc') : undefined}
            pin={isPinned ? pinned(endOf(column), marking !== null) : undefined}
            onSort={() => onSort(column.id)}
          />
        ))}
      </tr>
    </thead>
  )
}
