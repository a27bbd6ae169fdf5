'use client'

import type { VirtualItem } from '@tanstack/react-virtual'
import Link from 'next/link'
import { TypeIcon } from '@/components/backends/backend-type'
import type { Sizes } from '@/components/placement/matrix-row'
import { cn } from '@/components/ui/cn'

/** The name of the host that a row is about. */
export function HostHead({ host, sizes }: { host: { id: string; name: string; status: string }; sizes: Sizes }) {
  const isAway = host.status !== 'online'
  return (
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
  )
}

/** The name of what a column is about, upright where the columns are narrow. */
export function ColumnHead({
  of,
  href,
  title,
  item,
  sizes,
  isLit = false,
}: {
  of: { name: string; type: string }
  href: string
  title: string
  item: VirtualItem
  sizes: Sizes
  /** A cell of this column is looked at. */
  isLit?: boolean
}) {
  return (
    <th
      scope="col"
      aria-colindex={item.index + 2}
      style={{ left: item.start, width: item.size, height: sizes.header }}
      className="absolute top-0 flex items-end justify-center border-b border-line bg-surface pb-2 font-normal"
    >
      <Link
        href={href}
        prefetch={false}
        tabIndex={-1}
        title={title}
        className={cn(
          'flex min-w-0 items-center gap-1.5 text-12 hover:text-ink',
          isLit ? 'font-medium text-ink' : 'text-muted',
          sizes.isTall ? 'flex-col-reverse' : 'max-w-full px-2',
        )}
      >
        <TypeIcon type={of.type} className="size-3.5" />
        <span className={cn('truncate', sizes.isTall && 'max-h-24 rotate-180 [writing-mode:vertical-rl]')}>
          {of.name}
        </span>
      </Link>
    </th>
  )
}
