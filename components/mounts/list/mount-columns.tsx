import { typeColumn, typeFacet } from '@/components/backends/backend-type'
import type { useStorageTypes } from '@/components/layout/person'
import { roomColumn, type Trends, trendColumns } from '@/components/monitoring/trend-columns'
import { MountRowActions } from '@/components/mounts/list/mount-row-actions'
import { OwnerOfMount } from '@/components/mounts/list/owner-of-mount'
import { Placement } from '@/components/mounts/list/placement'
import { placementInFull, placementRank } from '@/components/mounts/list/placement-words'
import type { MountOrder } from '@/components/mounts/list/review-mounts'
import { MonoCell } from '@/components/ui/code-block'
import { nameColumn, statusColumn, timeColumn } from '@/components/ui/table/columns'
import type { Facet } from '@/components/ui/table/facet-model'
import type { Column } from '@/components/ui/table/table-model'
import { ownerOf } from '@/lib/mounts/owned-by'
import type { MountView } from '@/lib/mounts/schema'
import { MOUNT_STATUSES, seenLast, wordOfMount } from '@/lib/mounts/state'

/** The first failure; without one, when the host that is away longest was seen. */
function titleOf({ hosts }: MountView, exact: (iso: string) => string): string | undefined {
  const error = hosts.find((entry) => entry.error)?.error
  const at = seenLast(hosts)
  return error ?? (at === null ? undefined : `Seen last ${exact(at)}`)
}

const FACTS: readonly Column<MountView>[] = [
  { ...typeColumn, from: 'wide' },
  {
    id: 'source',
    header: 'Source',
    from: 'xl',
    sort: (row) => row.source,
    search: (row) => `${row.source} ${row.backend.name}`,
    cell: (row) => <MonoCell text={row.source} />,
  },
  {
    id: 'path',
    header: 'Mount point',
    width: 'xl:w-[15%]',
    from: 'lg',
    sort: (row) => row.mount_point,
    search: (row) => row.mount_point,
    cell: (row) => <MonoCell text={row.mount_point} />,
  },
  {
    id: 'hosts',
    header: 'Hosts',
    card: 'fact',
    width: 'w-46',
    sort: placementRank,
    text: placementInFull,
    search: (row) => `${row.global ? 'global ' : ''}${row.hosts.map((entry) => entry.host_name).join(' ')}`,
    cell: (row) => <Placement mount={row} />,
  },
  {
    id: 'backend',
    header: 'Backend',
    isExtra: true,
    card: 'fact',
    width: 'w-36',
    sort: (row) => row.backend.name,
    cell: (row) => <span title={row.backend.name}>{row.backend.name}</span>,
  },
  {
    id: 'access',
    header: 'Access',
    isExtra: true,
    card: 'fact',
    width: 'w-24',
    sort: (row) => (row.read_only ? 'Read only' : 'Read, write'),
    cell: (row) => <span className="text-muted">{row.read_only ? 'Read only' : 'Read, write'}</span>,
  },
  {
    ...timeColumn((row: MountView) => row.updated_at),
    id: 'changed',
    header: 'Last changed',
    isExtra: true,
    width: 'w-28',
  },
]

/**
 * `onAct` for those who may change mounts; null leaves the actions out. `exact` writes a time as this person reads it. `trends` of
 * backends: a mount is as full as its backend.
 */
export function mountColumns(
  onAct: ((mount: MountView, verb: MountOrder['verb']) => void) | null,
  exact: (iso: string) => string,
  trends: Trends,
): Column<MountView>[] {
  const trendOf = (row: MountView) => trends?.get(row.backend.id)
  const facts = [
    nameColumn<MountView>((row) => `/mounts/${row.id}`),
    { ...statusColumn<MountView>(wordOfMount, (row) => titleOf(row, exact)), width: 'w-34' },
    ...FACTS,
    roomColumn<MountView>(trendOf),
    ...trendColumns<MountView>(trends, trendOf, { isExtra: true }),
  ]
  if (onAct === null) return facts
  return [
    ...facts,
    {
      id: 'actions',
      header: 'Actions',
      width: 'w-30',
      align: 'right',
      card: 'actions',
      cell: (row) =>
        ownerOf(row) === null ? (
          <MountRowActions mount={row} onAct={(verb) => onAct(row, verb)} />
        ) : (
          <OwnerOfMount mount={row} />
        ),
    },
  ]
}

/** The words of badges, as values of the filter; those that the API knows are its own words. */
const STATUS_OPTIONS = [
  { value: 'changed', label: 'Changed' },
  ...MOUNT_STATUSES.flatMap((status) => [
    { value: status, label: wordOfMount({ status }).word },
    ...(status === 'unknown' ? [{ value: 'partly_unknown', label: 'Partly unknown' }] : []),
  ]),
  { value: 'removing', label: 'Removing' },
]

/** By what its badge says. */
export function statusValue(mount: MountView): string {
  const { word } = wordOfMount(mount)
  return STATUS_OPTIONS.find(({ label }) => label === word)?.value ?? mount.status
}

export function mountFacets(types: ReturnType<typeof useStorageTypes>): Facet<MountView>[] {
  return [
    {
      id: 'status',
      label: 'Status',
      values: (row) => [statusValue(row)],
      options: STATUS_OPTIONS,
    },
    typeFacet(types),
    { id: 'host', label: 'Host', values: (row) => row.hosts.map((entry) => entry.host_name) },
    { id: 'backend', label: 'Backend', values: (row) => [row.backend.name] },
  ]
}
