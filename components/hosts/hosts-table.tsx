'use client'

import { useQuery } from '@tanstack/react-query'
import { Plus, Server } from 'lucide-react'
import { useMemo } from 'react'
import { usePollInterval } from '@/components/data/live'
import { hostList } from '@/components/data/queries'
import { useMay } from '@/components/layout/person'
import { roomColumn, type Trends, trendColumns, useTrends } from '@/components/monitoring/trend-columns'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'
import { RowLink } from '@/components/ui/row-link'
import { Badge, StatusShape } from '@/components/ui/status'
import { statusColumn, timeColumn } from '@/components/ui/table/columns'
import { DataTable } from '@/components/ui/table/data-table'
import type { Facet } from '@/components/ui/table/facet-model'
import type { Column } from '@/components/ui/table/table-model'
import type { HostRow } from '@/lib/hosts/schema'
import { hostStatus } from '@/lib/hosts/words'

const NONE: HostRow[] = []

function Mounts({ host }: { host: HostRow }) {
  const { wanted, mounted, failing, unknown } = host.mounts
  if (wanted === 0 && failing === 0) return <span className="text-faint">none</span>
  return (
    <span className="tabular inline-flex items-center gap-2">
      <span>
        {mounted} <span className="text-faint">of {wanted}</span>
      </span>
      {failing > 0 && (
        <span className="inline-flex items-center gap-1 text-critical">
          <StatusShape tone="critical" title="failing" />
          {failing}
        </span>
      )}
      {unknown > 0 && (
        <span className="inline-flex items-center gap-1 text-muted">
          <StatusShape tone="unknown" title="not known" />
          {unknown}
        </span>
      )}
    </span>
  )
}

/** As `key=value`. */
function labelsOf({ labels }: HostRow): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`)
}

/** In the order of their keys: a value alone does not say what it is of. What a column has no room for is in the title. */
function Labels({ host }: { host: HostRow }) {
  const whole = labelsOf(host).toSorted((a, b) => a.localeCompare(b))
  if (whole.length === 0) return <span className="text-faint">none</span>
  return (
    <span title={whole.join(', ')} className="min-w-0 text-muted max-md:text-right md:truncate">
      {whole.join(' · ')}
    </span>
  )
}

const COLUMNS: Column<HostRow>[] = [
  {
    id: 'name',
    header: 'Name',
    card: 'title',
    search: (row) => `${row.name} ${labelsOf(row).join(' ')}`,
    sort: (row) => row.name,
    cell: (row) => (
      <span className="flex min-w-0 items-center gap-2">
        <RowLink href={`/hosts/${row.id}`} title={row.name} className="truncate font-medium">
          {row.name}
        </RowLink>
        {row.is_local && <Badge>this machine</Badge>}
        {row.agent_outdated && <Badge>older agent</Badge>}
      </span>
    ),
  },
  { ...statusColumn(hostStatus, (row: HostRow) => row.error), width: 'w-28' },
  {
    id: 'mounts',
    header: 'Mounts',
    card: 'fact',
    width: 'w-28',
    sort: (row) => row.mounts.failing * 10_000 + row.mounts.wanted,
    text: ({ mounts }) => `${mounts.mounted} of ${mounts.wanted}`,
    cell: (row) => <Mounts host={row} />,
  },
  {
    id: 'labels',
    header: 'Labels',
    width: 'w-56',
    from: 'xl',
    sort: (row) => labelsOf(row).toSorted().join(' ') || null,
    text: (row) => labelsOf(row).join(' '),
    cell: (row) => <Labels host={row} />,
  },
  {
    id: 'address',
    header: 'Address',
    card: 'hidden',
    width: 'w-40',
    from: 'wide',
    search: (row) => row.address,
    sort: (row) => row.address,
    cell: (row) => <span className="truncate font-mono text-12">{row.address}</span>,
  },
  {
    id: 'system',
    header: 'System',
    card: 'hidden',
    width: 'w-40',
    from: 'wide',
    search: (row) => row.distribution ?? '',
    sort: (row) => row.distribution,
    // The version is what tells hosts apart; it must not be what is cut off.
    cell: (row) =>
      row.distribution === null ? (
        <span className="text-faint">unknown</span>
      ) : (
        <span title={row.distribution}>{row.distribution.replace(' GNU/Linux', '')}</span>
      ),
  },
  {
    id: 'lacks',
    header: 'Lacks',
    card: 'fact',
    width: 'w-24',
    from: 'lg',
    sort: (row) => row.missing_tools.length,
    text: (row) => row.missing_tools.join(' '),
    cell: (row) =>
      row.missing_tools.length === 0 ? (
        <span className="text-faint">nothing</span>
      ) : (
        <span title={row.missing_tools.join(', ')} className="truncate">
          {row.missing_tools.join(', ')}
        </span>
      ),
  },
  { ...timeColumn((row: HostRow) => row.observed_at), id: 'seen', header: 'Seen', width: 'w-28' },
  {
    id: 'agent',
    header: 'Agent',
    isExtra: true,
    card: 'fact',
    width: 'w-24',
    sort: (row) => row.agent_version,
    cell: (row) => <span className="tabular text-muted">{row.agent_version ?? 'unknown'}</span>,
  },
  {
    ...timeColumn((row: HostRow) => row.certificate_not_after),
    id: 'certificate',
    header: 'Certificate ends',
    isExtra: true,
    width: 'w-32',
  },
]

/** Of what a host has for itself, the storage that is full first. */
function columnsWith(trends: Trends): Column<HostRow>[] {
  const trendOf = (row: HostRow) => trends?.get(row.id)
  return [...COLUMNS, roomColumn(trendOf), ...trendColumns(trends, trendOf, { isExtra: true })]
}

const FACETS: Facet<HostRow>[] = [
  {
    id: 'status',
    label: 'Status',
    values: (row) => [row.revoked_at ? 'revoked' : row.status],
    options: [
      { value: 'offline', label: 'Offline' },
      { value: 'error', label: 'Error' },
      { value: 'unknown', label: 'Unknown' },
      { value: 'online', label: 'Online' },
      { value: 'revoked', label: 'Revoked' },
    ],
  },
  {
    id: 'label',
    label: 'Label',
    values: labelsOf,
    // Berlin or Paris, and of these only what is gold.
    groupOf: (label) => label.slice(0, label.indexOf('=')),
  },
  { id: 'lacks', label: 'Lacks', values: (row) => row.missing_tools },
  { id: 'system', label: 'System', values: (row) => [row.distribution ?? 'unknown'] },
]

export function HostsTable({ onAdd }: { onAdd: () => void }) {
  const { data } = useQuery({ ...hostList(), refetchInterval: usePollInterval() })
  const mayAdd = useMay('hosts.admin')
  const trends = useTrends('per=host')
  const columns = useMemo(() => columnsWith(trends), [trends])
  return (
    <DataTable
      noun="hosts"
      rows={data?.data ?? NONE}
      columns={columns}
      facets={FACETS}
      views="hosts"
      rowId={(row) => row.id}
      defaultSort="name.asc"
      empty={
        <EmptyState
          icon={Server}
          title="A host is a Linux machine with an agent"
          action={
            mayAdd && (
              <Button variant="primary" icon={Plus} onClick={onAdd}>
                Add a host
              </Button>
            )
          }
        >
          One command on the machine, and it appears here. The agent mounts what you ask for, and nothing else.
        </EmptyState>
      }
    />
  )
}
