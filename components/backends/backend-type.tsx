'use client'

import { ACCESS_DRAWINGS, TYPE_DRAWINGS } from '@/components/backends/type-drawings'
import { useStorageTypes, useTypeTitle } from '@/components/layout/person'
import { cn } from '@/components/ui/cn'
import type { Facet } from '@/components/ui/table/facet-model'
import type { Column } from '@/components/ui/table/table-model'

/** The drawing of a storage type; say its word beside it, or give it in `title`. */
export function TypeIcon({ type, title, className }: { type: string; title?: string; className?: string }) {
  const access = useStorageTypes().find((entry) => entry.id === type)?.access ?? 'file'
  return (
    <svg
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      role={title ? 'img' : undefined}
      aria-label={title}
      aria-hidden={title ? undefined : true}
      className={cn('size-4 shrink-0 text-muted', className)}
    >
      {title && <title>{title}</title>}
      {TYPE_DRAWINGS[type] ?? ACCESS_DRAWINGS[access]}
    </svg>
  )
}

/** Icon and word of a storage type. */
export function BackendType({ type }: { type: string }) {
  const title = useTypeTitle()
  return (
    <span className="inline-flex min-w-0 items-center gap-2">
      <TypeIcon type={type} />
      <span className="truncate">{title(type)}</span>
    </span>
  )
}

interface Typed {
  type: string
  /** Of a backend, whose `type` may be a word of an older API. */
  driver?: string
}

const typeOf = ({ type, driver = type }: Typed) => driver

export const typeColumn = {
  id: 'type',
  header: 'Type',
  card: 'fact',
  width: 'w-36',
  search: typeOf,
  sort: typeOf,
  cell: (row) => <BackendType type={typeOf(row)} />,
} satisfies Column<Typed>

/** Filters rows by their storage type. */
export function typeFacet(types: ReturnType<typeof useStorageTypes>): Facet<Typed> {
  return {
    id: 'type',
    label: 'Type',
    values: (row) => [typeOf(row)],
    options: types.map(({ id, title }) => ({ value: id, label: title })),
  }
}
