'use client'

import { Cloud, Cylinder, Folder } from 'lucide-react'
import { useStorageTypes, useTypeTitle } from '@/components/layout/person'
import { cn } from '@/components/ui/cn'
import type { Column, Facet } from '@/components/ui/table/table-model'

const ICONS = { file: Folder, object: Cloud, block: Cylinder }

export function TypeIcon({ type, className }: { type: string; className?: string }) {
  const access = useStorageTypes().find((entry) => entry.id === type)?.access ?? 'file'
  const Icon = ICONS[access]
  return <Icon aria-hidden className={cn('size-4 shrink-0 text-muted', className)} strokeWidth={1.75} />
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

export const typeColumn = {
  id: 'type',
  header: 'Type',
  card: 'fact',
  width: 'w-36',
  search: (row) => row.type,
  sort: (row) => row.type,
  cell: (row) => <BackendType type={row.type} />,
} satisfies Column<{ type: string }>

/** Filters rows by their storage type. */
export function typeFacet(types: ReturnType<typeof useStorageTypes>): Facet<{ type: string }> {
  return {
    id: 'type',
    label: 'Type',
    value: (row) => row.type,
    options: types.map(({ id, title }) => ({ value: id, label: title })),
  }
}
