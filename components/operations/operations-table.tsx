'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Activity } from 'lucide-react'
import { useSearchParams } from 'next/navigation'
import { usePollInterval } from '@/components/data/live'
import { OPERATIONS_SHOWN, operationList } from '@/components/data/queries'
import { operationParameters } from '@/components/operations/operation-filter'
import { durationOf } from '@/components/operations/operation-list'
import { OperationWords } from '@/components/operations/operation-words'
import { operationStatus } from '@/components/operations/status'
import { EmptyState } from '@/components/ui/feedback'
import { RowLink } from '@/components/ui/row-link'
import { countColumn, statusColumn, timeColumn } from '@/components/ui/table/columns'
import { DataTable } from '@/components/ui/table/data-table'
import type { Facet } from '@/components/ui/table/facet-model'
import type { Column } from '@/components/ui/table/table-model'
import { OPERATION_TITLES, type OperationRow, OperationStatus } from '@/lib/operations/schema'

const NONE: OperationRow[] = []

const COLUMNS: Column<OperationRow>[] = [
  {
    id: 'what',
    header: 'What',
    card: 'title',
    search: (row) => `${row.title} ${row.summary} ${row.target?.name ?? ''} ${row.error?.message ?? ''}`,
    sort: (row) => row.summary,
    cell: (row) => (
      <RowLink href={`/operations/${row.id}`} title={row.error?.message}>
        <OperationWords operation={row} />
        {row.error && <span className="text-muted max-md:hidden"> · {row.error.message}</span>}
      </RowLink>
    ),
  },
  { ...statusColumn((row: OperationRow) => operationStatus(row.status)), width: 'w-36' },
  {
    id: 'who',
    header: 'Who',
    card: 'fact',
    width: 'w-36',
    search: (row) => row.requested_by,
    sort: (row) => row.requested_by,
    cell: (row) => row.requested_by,
  },
  { ...countColumn((row: OperationRow) => row.host_count), id: 'hosts', header: 'Hosts', from: 'lg' },
  {
    id: 'took',
    header: 'Took',
    text: (row) => durationOf(row),
    card: 'fact',
    width: 'w-24',
    align: 'right',
    from: 'lg',
    sort: (row) =>
      row.started_at && row.finished_at ? Date.parse(row.finished_at) - Date.parse(row.started_at) : null,
    cell: (row) => <span className="tabular text-muted">{durationOf(row) ?? '–'}</span>,
  },
  { ...timeColumn((row: OperationRow) => row.created_at), id: 'when', header: 'When', width: 'w-32' },
]

const FACETS: Facet<OperationRow>[] = [
  {
    id: 'status',
    label: 'Status',
    isRemote: true,
    values: (row) => [row.status],
    options: OperationStatus.options.map((value) => ({ value, label: operationStatus(value).word })),
  },
  {
    id: 'kind',
    label: 'Kind',
    isRemote: true,
    values: (row) => [row.kind],
    options: Object.entries(OPERATION_TITLES).map(([value, label]) => ({ value, label })),
  },
]

export function OperationsTable() {
  const filter = operationParameters(useSearchParams())
  const refetchInterval = usePollInterval()
  const { data } = useQuery({ ...operationList(filter), refetchInterval, placeholderData: keepPreviousData })
  const more = (data?.total ?? 0) - (data?.data.length ?? 0)
  return (
    <DataTable
      noun="operations"
      rows={data?.data ?? NONE}
      columns={COLUMNS}
      facets={FACETS}
      views="operations"
      rowId={(row) => row.id}
      defaultSort="when.desc"
      empty={
        <EmptyState icon={Activity} title="Nothing has been done yet">
          Every test, mount and unmount is an operation: who asked for it, what ran on which host, and what came of it.
        </EmptyState>
      }
      footer={
        more > 0 && (
          <p className="mt-3 text-12 text-muted">
            The latest {OPERATIONS_SHOWN} are shown; {more} older ones can be read through the API.
          </p>
        )
      }
    />
  )
}
