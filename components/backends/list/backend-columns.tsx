import { typeColumn, typeFacet } from '@/components/backends/backend-type'
import { BackendRowMenu } from '@/components/backends/list/backend-row-menu'
import type { useStorageTypes } from '@/components/layout/person'
import { type Trends, trendColumns } from '@/components/monitoring/trend-columns'
import { Capacity } from '@/components/ui/bytes'
import { MonoCell } from '@/components/ui/code-block'
import { countColumn, nameColumn, statusColumn, timeColumn } from '@/components/ui/table/columns'
import type { Facet } from '@/components/ui/table/facet-model'
import type { Column } from '@/components/ui/table/table-model'
import type { BackendView } from '@/lib/backends/schema'
import { backendStatus } from '@/lib/backends/words'
import { spaceOf } from '@/lib/fullness'

function connectedTo({ connections }: BackendView): string {
  return connections.map((entry) => entry.host_name).join(', ')
}

const SPACE: readonly Column<BackendView>[] = [
  nameColumn((row) => `/backends/${row.id}`),
  {
    ...statusColumn(
      (row) => backendStatus(row.status),
      (row) => row.status_error,
    ),
    width: 'w-27',
  },
  { ...typeColumn, from: 'lg' },
  {
    id: 'source',
    header: 'Source',
    // From there on it has what the others leave.
    width: 'max-xl:w-[20%]',
    search: (row) => row.source,
    sort: (row) => row.source,
    cell: (row) => <MonoCell text={row.source} />,
  },
  {
    id: 'used',
    header: 'Used',
    width: 'w-52',
    from: 'xl',
    sort: (row) => row.stats.used_bytes,
    cell: (row) => <Capacity space={spaceOf(row.stats)} className="max-md:w-44" />,
  },
]

const FACTS: readonly Column<BackendView>[] = [
  { ...countColumn((row: BackendView) => row.mount_count), id: 'mounts', header: 'Mounts' },
  {
    ...timeColumn((row: BackendView) => row.status_at),
    id: 'checked',
    header: 'Checked',
    isExtra: true,
    card: 'hidden',
    width: 'w-24',
  },
  {
    ...timeColumn((row: BackendView) => row.last_test_at),
    id: 'tested',
    header: 'Tested',
    isExtra: true,
    card: 'hidden',
    width: 'w-24',
  },
  {
    id: 'connected',
    header: 'Connected to',
    isExtra: true,
    card: 'fact',
    width: 'w-36',
    sort: (row) => row.connections.length,
    text: connectedTo,
    search: connectedTo,
    // Only block storages are opened on hosts; what is mounted has its hosts in the list of mounts.
    cell: (row) =>
      row.connections.length === 0 ? (
        <span className="text-faint">–</span>
      ) : (
        <span title={connectedTo(row)}>
          {row.connections.length === 1 ? connectedTo(row) : `${row.connections.length} hosts`}
        </span>
      ),
  },
  {
    ...timeColumn((row: BackendView) => row.updated_at),
    id: 'changed',
    header: 'Last changed',
    isExtra: true,
    width: 'w-28',
  },
]

export function backendColumns({
  onTest,
  onDelete,
  trends,
}: Record<'onTest' | 'onDelete', (backend: BackendView) => void> & { trends: Trends }): Column<BackendView>[] {
  return [
    ...SPACE,
    ...trendColumns<BackendView>(trends, (row) => trends?.get(row.id)),
    ...FACTS,
    {
      id: 'actions',
      header: 'Actions',
      width: 'w-14',
      align: 'right',
      card: 'actions',
      cell: (row) => <BackendRowMenu backend={row} onTest={() => onTest(row)} onDelete={() => onDelete(row)} />,
    },
  ]
}

const STATUSES = ['error', 'offline', 'unknown', 'online'] as const

export function backendFacets(types: ReturnType<typeof useStorageTypes>): Facet<BackendView>[] {
  return [
    {
      id: 'status',
      label: 'Status',
      values: (row) => [row.status],
      options: STATUSES.map((value) => ({ value, label: backendStatus(value).word })),
    },
    typeFacet(types),
  ]
}
