import { typeColumn, typeFacet } from '@/components/backends/backend-type'
import type { useStorageTypes } from '@/components/layout/person'
import { type Trends, trendColumns } from '@/components/monitoring/trend-columns'
import { placementInFull, placementRank } from '@/components/mounts/list/placement-words'
import { PoolPlacement, placedPool } from '@/components/pools/list/pool-placement'
import { PoolRowMenu } from '@/components/pools/list/pool-row-menu'
import { overcommitWords, sharingWords } from '@/components/pools/pool-words'
import { Bytes, Capacity } from '@/components/ui/bytes'
import { countColumn, nameColumn, statusColumn, timeColumn } from '@/components/ui/table/columns'
import type { Facet } from '@/components/ui/table/facet-model'
import type { Column } from '@/components/ui/table/table-model'
import { spaceOf } from '@/lib/fullness'
import type { PoolView } from '@/lib/pools/schema'
import { POOL_WORDS, wordOfPool } from '@/lib/pools/words'

export type PoolOrder = 'volume' | 'reconnect' | 'maintenance' | 'delete'

/** What was promised to volumes, and how often that is there. */
function Provisioned({ pool }: { pool: PoolView }) {
  const overcommit = overcommitWords(pool)
  return (
    <span className="tabular whitespace-nowrap">
      <Bytes value={pool.provisioned_bytes} />
      {overcommit !== null && <span className="ml-1.5 text-faint">{overcommit}</span>}
    </span>
  )
}

const SPACE: readonly Column<PoolView>[] = [
  nameColumn<PoolView>((row) => `/pools/${row.id}`),
  {
    ...statusColumn<PoolView>(wordOfPool, (row) => row.error),
    width: 'w-32',
  },
  { ...typeColumn, from: 'lg', width: 'w-34' },
  {
    id: 'used',
    header: 'Used',
    // What the others leave.
    width: 'max-xl:w-60',
    sort: (row) => row.used_bytes,
    cell: (row) => <Capacity space={spaceOf(row)} className="max-md:w-44" />,
  },
]

const FACTS: readonly Column<PoolView>[] = [
  {
    id: 'provisioned',
    header: 'Provisioned',
    card: 'fact',
    width: 'w-34',
    from: 'lg',
    align: 'right',
    sort: (row) => row.provisioned_bytes,
    cell: (row) => <Provisioned pool={row} />,
  },
  { ...countColumn((row: PoolView) => row.volume_count), id: 'volumes', header: 'Volumes', width: 'w-20' },
  {
    id: 'hosts',
    header: 'Hosts',
    card: 'fact',
    width: 'w-32',
    from: 'xl',
    sort: (row) => placementRank(placedPool(row)),
    text: (row) => placementInFull(placedPool(row)),
    search: (row) => row.hosts.map((entry) => entry.host_name).join(' '),
    cell: (row) => <PoolPlacement pool={row} />,
  },
  {
    id: 'backend',
    header: 'Backend',
    isExtra: true,
    card: 'fact',
    width: 'w-36',
    sort: (row) => row.backend_name,
    search: (row) => `${row.backend_name} ${row.source}`,
    cell: (row) => <span title={row.source}>{row.backend_name}</span>,
  },
  {
    id: 'sharing',
    header: 'Content',
    isExtra: true,
    card: 'fact',
    width: 'w-44',
    sort: (row) => sharingWords(row.sharing),
    cell: (row) => <span className="text-muted">{sharingWords(row.sharing)}</span>,
  },
  {
    ...timeColumn((row: PoolView) => row.updated_at),
    id: 'changed',
    header: 'Last changed',
    isExtra: true,
    width: 'w-28',
  },
]

/** `onAct` for those who may change pools; null leaves the actions out. */
export function poolColumns(
  onAct: ((pool: PoolView, order: PoolOrder) => void) | null,
  trends: Trends,
): Column<PoolView>[] {
  const facts = [...SPACE, ...trendColumns<PoolView>(trends, (row) => trends?.get(row.id)), ...FACTS]
  if (onAct === null) return facts
  return [
    ...facts,
    {
      id: 'actions',
      header: 'Actions',
      width: 'w-14',
      align: 'right',
      card: 'actions',
      cell: (row) => <PoolRowMenu pool={row} onAct={(order) => onAct(row, order)} />,
    },
  ]
}

export function poolFacets(types: ReturnType<typeof useStorageTypes>): Facet<PoolView>[] {
  return [
    {
      id: 'status',
      label: 'Status',
      values: (row) => [wordOfPool(row).word],
      options: POOL_WORDS.map((word) => ({ value: word, label: word })),
    },
    typeFacet(types.filter(({ capabilities }) => capabilities.includes('volumes'))),
    { id: 'host', label: 'Host', values: (row) => row.hosts.map((entry) => entry.host_name) },
    { id: 'backend', label: 'Backend', values: (row) => [row.backend_name] },
  ]
}
