import Link from 'next/link'
import { TypeIcon } from '@/components/backends/backend-type'
import { Bytes } from '@/components/ui/bytes'
import { RelativeTime } from '@/components/ui/relative-time'
import { Badge } from '@/components/ui/status'
import { countColumn, nameColumn, statusColumn, timeColumn } from '@/components/ui/table/columns'
import type { Facet } from '@/components/ui/table/facet-model'
import type { Column } from '@/components/ui/table/table-model'
import { TrashRowActions } from '@/components/volumes/list/trash-row-actions'
import { type VolumeOrder, VolumeRowMenu } from '@/components/volumes/list/volume-row-menu'
import { formatWords, originWords, stateValue, VOLUME_STATES, wordOfVolume } from '@/components/volumes/volume-words'
import type { VolumeRow } from '@/lib/volumes/schema'

type OnAct = (volume: VolumeRow, order: VolumeOrder) => void

const LINKED = nameColumn<VolumeRow>((row) => `/volumes/${row.id}`)

/** What clones of a template share is marked: it is no disk of anybody's. */
const NAME: Column<VolumeRow> = {
  ...LINKED,
  search: (row) => `${row.name} ${row.base_of ?? ''}`,
  cell: (row) =>
    row.base_of === null ? (
      LINKED.cell(row)
    ) : (
      <span className="flex min-w-0 items-center gap-2">
        <span className="min-w-0 truncate">{LINKED.cell(row)}</span>
        <Badge>
          <span title={originWords(row) ?? undefined}>Base</span>
        </Badge>
      </span>
    ),
}

/** Can the host of a volume not use its pool now? */
export type IsLost = (volume: VolumeRow) => boolean

function statusOf(isLost: IsLost): Column<VolumeRow> {
  const column = statusColumn<VolumeRow>(
    (row) => wordOfVolume(row, isLost(row)),
    (row) => row.error,
  )
  return { ...column, width: 'w-34' }
}

const POOL: Column<VolumeRow> = {
  id: 'pool',
  header: 'Pool',
  card: 'fact',
  width: 'w-36',
  sort: (row) => row.pool_name,
  search: (row) => row.pool_name,
  cell: (row) => (
    <span className="inline-flex min-w-0 max-w-full items-center gap-2">
      <TypeIcon type={row.type} />
      <Link
        href={`/pools/${row.pool_id}`}
        prefetch={false}
        title={row.pool_name}
        className="relative z-10 truncate hover:underline"
      >
        {row.pool_name}
      </Link>
    </span>
  ),
}

const SIZE: Column<VolumeRow> = {
  id: 'size',
  header: 'Size',
  card: 'fact',
  width: 'w-24',
  align: 'right',
  sort: (row) => row.size_bytes,
  cell: (row) => <Bytes value={row.size_bytes} />,
}

const TAKES: Column<VolumeRow> = {
  id: 'takes',
  header: 'Takes',
  card: 'fact',
  width: 'w-24',
  align: 'right',
  from: 'lg',
  sort: (row) => row.allocated_bytes,
  cell: (row) => <Bytes value={row.allocated_bytes} className="text-muted" />,
}

const FACTS: readonly Column<VolumeRow>[] = [
  POOL,
  SIZE,
  TAKES,
  {
    id: 'format',
    header: 'Format',
    width: 'w-26',
    from: 'xl',
    card: 'hidden',
    sort: formatWords,
    cell: (row) => <span className="text-muted">{formatWords(row)}</span>,
  },
  {
    ...countColumn((row: VolumeRow) => row.snapshot_count),
    id: 'snapshots',
    header: 'Snapshots',
    width: 'w-26',
    from: 'lg',
  },
  {
    id: 'origin',
    header: 'From',
    from: 'wide',
    card: 'hidden',
    sort: (row) => originWords(row) ?? null,
    search: (row) => originWords(row) ?? '',
    cell: (row) => (
      <span className="text-muted" title={originWords(row) ?? undefined}>
        {originWords(row) ?? '–'}
      </span>
    ),
  },
  {
    id: 'use',
    header: 'In use',
    isExtra: true,
    card: 'fact',
    width: 'w-20',
    sort: (row) => (row.is_in_use ? 'Yes' : 'No'),
    cell: (row) => <span className="text-muted">{row.is_in_use ? 'Yes' : 'No'}</span>,
  },
  {
    id: 'host',
    header: 'Host',
    isExtra: true,
    card: 'fact',
    width: 'w-36',
    sort: (row) => row.host_name,
    search: (row) => row.host_name ?? '',
    cell: (row) => <span title={row.host_name ?? undefined}>{row.host_name ?? '–'}</span>,
  },
  { ...timeColumn((row: VolumeRow) => row.created_at), id: 'created', header: 'Created', isExtra: true, width: 'w-24' },
]

const TRASH_FACTS: readonly Column<VolumeRow>[] = [
  NAME,
  { ...statusOf(() => false), width: 'w-40' },
  POOL,
  SIZE,
  TAKES,
  {
    ...timeColumn((row: VolumeRow) => row.trashed_at),
    id: 'trashed',
    header: 'Deleted',
    width: 'w-28',
    from: 'lg',
  },
  {
    id: 'purged',
    header: 'Kept until',
    card: 'fact',
    width: 'w-32',
    sort: (row) => row.purge_at,
    cell: (row) => <RelativeTime at={row.purge_at} className="text-muted" />,
  },
]

/** `onAct` for those who may change volumes; null leaves the actions out. */
export function volumeColumns(onAct: OnAct | null, isLost: IsLost): Column<VolumeRow>[] {
  const facts = [NAME, statusOf(isLost), ...FACTS]
  if (onAct === null) return facts
  return [
    ...facts,
    {
      id: 'actions',
      header: 'Actions',
      width: 'w-20',
      align: 'right',
      card: 'actions',
      cell: (row) => <VolumeRowMenu volume={row} onAct={(order) => onAct(row, order)} />,
    },
  ]
}

export function trashColumns(onAct: OnAct | null): Column<VolumeRow>[] {
  if (onAct === null) return [...TRASH_FACTS]
  return [
    ...TRASH_FACTS,
    {
      id: 'actions',
      header: 'Actions',
      width: 'w-36',
      align: 'right',
      card: 'actions',
      cell: (row) => <TrashRowActions volume={row} onAct={(order) => onAct(row, order)} />,
    },
  ]
}

const POOL_FACET: Facet<VolumeRow> = { id: 'pool', label: 'Pool', values: (row) => [row.pool_name] }

export const TRASH_FACETS: readonly Facet<VolumeRow>[] = [POOL_FACET]

export function volumeFacets(isLost: IsLost): Facet<VolumeRow>[] {
  return [
    { id: 'status', label: 'Status', values: (row) => [stateValue(row, isLost(row))], options: VOLUME_STATES },
    POOL_FACET,
    { id: 'format', label: 'Format', values: (row) => [row.format, row.provisioning] },
    { id: 'host', label: 'Host', values: (row) => (row.host_name === null ? [] : [row.host_name]) },
    {
      id: 'use',
      label: 'In use',
      values: (row) => [row.is_in_use ? 'yes' : 'no'],
      options: [
        { value: 'yes', label: 'In use' },
        { value: 'no', label: 'Not in use' },
      ],
    },
  ]
}
