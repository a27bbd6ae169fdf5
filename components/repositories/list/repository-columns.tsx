import { TypeIcon, typeFacet } from '@/components/backends/backend-type'
import type { useStorageTypes } from '@/components/layout/person'
import { type RepositoryOrder, RepositoryRowMenu } from '@/components/repositories/list/repository-row-menu'
import { repositorySpace } from '@/components/repositories/repository-words'
import { Bytes, Capacity } from '@/components/ui/bytes'
import { countColumn, nameColumn, statusColumn, timeColumn } from '@/components/ui/table/columns'
import type { Facet } from '@/components/ui/table/facet-model'
import type { Column } from '@/components/ui/table/table-model'
import type { RepositoryView } from '@/lib/repositories/schema'
import { REPOSITORY_WORDS, wordOfRepository } from '@/lib/repositories/state'

const FACTS: readonly Column<RepositoryView>[] = [
  nameColumn<RepositoryView>((row) => `/repositories/${row.id}`),
  { ...statusColumn<RepositoryView>(wordOfRepository, (row) => row.error), width: 'w-36' },
  {
    id: 'backend',
    header: 'Backend',
    card: 'fact',
    width: 'w-48',
    from: 'lg',
    sort: (row) => row.backend_name,
    search: (row) => `${row.backend_name} ${row.source}`,
    cell: (row) => (
      <span title={row.source} className="flex min-w-0 items-center gap-2">
        <TypeIcon type={row.repository_type} />
        <span className="truncate">{row.backend_name}</span>
      </span>
    ),
  },
  {
    id: 'used',
    header: 'Used',
    width: 'max-xl:w-60',
    sort: (row) => row.used_percent,
    cell: (row) => <Capacity space={repositorySpace(row)} className="max-md:w-44" />,
  },
  {
    id: 'reserved',
    header: 'Reserved',
    card: 'fact',
    width: 'w-28',
    from: 'xl',
    align: 'right',
    sort: (row) => row.reserved_bytes,
    cell: (row) =>
      row.reserved_bytes === 0 ? <span className="text-faint">–</span> : <Bytes value={row.reserved_bytes} />,
  },
  { ...countColumn((row: RepositoryView) => row.hosts.length), id: 'hosts', header: 'Hosts', width: 'w-20' },
  { ...countColumn((row: RepositoryView) => row.lease_count), id: 'leases', header: 'In use by', width: 'w-24' },
  { ...timeColumn((row: RepositoryView) => row.last_check_at), id: 'checked', header: 'Last check', width: 'w-32' },
]

/** `onAct` for those who may change repositories; null leaves the actions out. */
export function repositoryColumns(
  onAct: ((repository: RepositoryView, order: RepositoryOrder) => void) | null,
): Column<RepositoryView>[] {
  if (onAct === null) return [...FACTS]
  return [
    ...FACTS,
    {
      id: 'actions',
      header: 'Actions',
      width: 'w-14',
      align: 'right',
      card: 'actions',
      cell: (row) => <RepositoryRowMenu repository={row} onAct={(order) => onAct(row, order)} />,
    },
  ]
}

export function repositoryFacets(types: ReturnType<typeof useStorageTypes>): Facet<RepositoryView>[] {
  const { values: _, ...facet } = typeFacet(types.filter(({ access }) => access !== 'block'))
  return [
    {
      id: 'status',
      label: 'Status',
      values: (row) => [wordOfRepository(row).word],
      options: REPOSITORY_WORDS.map((word) => ({ value: word, label: word })),
    },
    { ...facet, values: (row) => [row.repository_type] },
    { id: 'host', label: 'Host', values: (row) => row.hosts.map((entry) => entry.host_name) },
  ]
}
