'use client'

import { useQuery } from '@tanstack/react-query'
import { Boxes } from 'lucide-react'
import Link from 'next/link'
import { usePollInterval } from '@/components/data/live'
import { LearnMore } from '@/components/help/learn-more'
import { EmptyState } from '@/components/ui/feedback'
import { countColumn, nameColumn, statusColumn, timeColumn } from '@/components/ui/table/columns'
import { DataTable } from '@/components/ui/table/data-table'
import type { Facet } from '@/components/ui/table/facet-model'
import type { Column } from '@/components/ui/table/table-model'
import { UsesOf } from '@/components/workloads/uses-of'
import { workloadList } from '@/components/workloads/workload-queries'
import { KIND_WORDS, targetWords } from '@/components/workloads/workload-words'
import type { WorkloadRow } from '@/lib/workloads/schema'
import { wordOfWorkload } from '@/lib/workloads/words'

const NONE: WorkloadRow[] = []

const COLUMNS: Column<WorkloadRow>[] = [
  {
    ...nameColumn((row: WorkloadRow) => `/workloads/${row.id}`),
    search: (row) => `${row.name} ${row.native_id}`,
  },
  { ...statusColumn(wordOfWorkload, (row: WorkloadRow) => row.problem), width: 'w-28' },
  {
    id: 'kind',
    header: 'Runs in',
    card: 'fact',
    width: 'w-28',
    sort: (row) => targetWords(row.target),
    cell: (row) => <span title={KIND_WORDS[row.kind]}>{targetWords(row.target)}</span>,
  },
  {
    id: 'host',
    header: 'Host',
    width: 'w-36',
    search: (row) => row.host.name,
    sort: (row) => row.host.name,
    cell: (row) => (
      <Link href={`/hosts/${row.host.id}`} prefetch={false} title={row.host.name} className="truncate hover:underline">
        {row.host.name}
      </Link>
    ),
  },
  {
    id: 'uses',
    header: 'Storage from here',
    width: 'w-56',
    sort: (row) => row.uses.length,
    text: (row) => row.uses.map(({ name }) => name).join(' '),
    search: (row) => row.uses.map(({ name }) => name).join(' '),
    cell: (row) => <UsesOf workload={row} />,
  },
  {
    id: 'image',
    header: 'Made from',
    card: 'hidden',
    width: 'w-48',
    from: 'xl',
    search: (row) => row.image ?? '',
    sort: (row) => row.image,
    cell: (row) =>
      row.image === null ? (
        <span className="text-faint">unknown</span>
      ) : (
        <span title={row.image} className="truncate font-mono text-12">
          {row.image}
        </span>
      ),
  },
  { ...countColumn((row: WorkloadRow) => row.storage_count), id: 'storage', header: 'All storage', isExtra: true },
  { ...timeColumn((row: WorkloadRow) => row.changed_at), id: 'changed', header: 'Changed', width: 'w-28', from: 'lg' },
]

const FACETS: Facet<WorkloadRow>[] = [
  {
    id: 'state',
    label: 'Status',
    values: (row) => [row.state],
    options: (['failed', 'unknown', 'paused', 'changing', 'running', 'stopped'] as const).map((state) => ({
      value: state,
      label: wordOfWorkload({ state }).word,
    })),
  },
  { id: 'target', label: 'Runs in', values: (row) => [targetWords(row.target)] },
  { id: 'host', label: 'Host', values: (row) => [row.host.name] },
  {
    id: 'storage',
    label: 'Storage',
    values: (row) => [row.uses.length > 0 ? 'ours' : row.storage_count > 0 ? 'other' : 'none'],
    options: [
      { value: 'ours', label: 'From Holdfast' },
      { value: 'other', label: 'Only other' },
      { value: 'none', label: 'None' },
    ],
  },
]

export function WorkloadsTable() {
  const { data } = useQuery({ ...workloadList(), refetchInterval: usePollInterval() })
  return (
    <DataTable
      noun="workloads"
      rows={data?.data ?? NONE}
      columns={COLUMNS}
      facets={FACETS}
      rowId={(row) => row.id}
      defaultSort="name.asc"
      empty={
        <EmptyState icon={Boxes} title="No host runs a container or a virtual machine">
          Hosts tell what Docker, LXC and libvirt have there, and which storage that uses. Nothing has to be set up; an
          older agent has to be updated. <LearnMore href="/help/workloads" about="workloads" />
        </EmptyState>
      }
    />
  )
}
