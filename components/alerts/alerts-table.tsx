'use client'

import { BellOff } from 'lucide-react'
import type { ReactNode } from 'react'
import { KIND_WORDS, lastedMs, lastedWords, STATE_WORDS, severityOf } from '@/components/alerts/alert-words'
import { reachWords } from '@/components/overview/cause-words'
import { EmptyState } from '@/components/ui/feedback'
import { useNow } from '@/components/ui/relative-time'
import { RowLink } from '@/components/ui/row-link'
import { statusColumn, timeColumn } from '@/components/ui/table/columns'
import { DataTable } from '@/components/ui/table/data-table'
import type { Facet } from '@/components/ui/table/facet-model'
import type { Column } from '@/components/ui/table/table-model'
import type { AlertView } from '@/lib/alerts/schema'
import { ALERT_STATES } from '@/lib/alerts/states'
import { SEVERITIES } from '@/lib/attention/severities'

function Lasted({ alert }: { alert: AlertView }) {
  const now = useNow()
  return (
    <span className="tabular text-muted" suppressHydrationWarning>
      {lastedWords(alert, now)}
    </span>
  )
}

const COLUMNS: Column<AlertView>[] = [
  {
    id: 'what',
    header: 'What',
    card: 'title',
    search: ({ title, advice }) => `${title} ${advice ?? ''}`,
    sort: ({ title }) => title,
    cell: (alert) => (
      <RowLink href={`/alerts/${alert.id}`} title={alert.advice ?? undefined}>
        <span className="font-medium">{alert.subject.name}</span>
        {alert.title.slice(alert.subject.name.length)}{' '}
        <span className="text-muted max-md:hidden">{reachWords(alert)}</span>
      </RowLink>
    ),
  },
  {
    ...statusColumn((alert: AlertView) => severityOf(alert)),
    id: 'severity',
    header: 'Severity',
    width: 'w-32',
    // What nobody has acknowledged first, then worst first.
    sort: ({ state, severity }) => ALERT_STATES.indexOf(state) * SEVERITIES.length + SEVERITIES.indexOf(severity),
  },
  {
    id: 'state',
    header: 'State',
    card: 'fact',
    width: 'w-36',
    from: 'lg',
    sort: ({ state }) => ALERT_STATES.indexOf(state),
    text: ({ state }) => STATE_WORDS[state],
    cell: ({ state, acknowledged }) => (
      <span className="text-muted" title={acknowledged?.note ?? undefined}>
        {STATE_WORDS[state]}
      </span>
    ),
  },
  { ...timeColumn((alert: AlertView) => alert.opened_at), id: 'opened', header: 'Opened', width: 'w-28' },
  {
    id: 'lasted',
    header: 'Lasted',
    card: 'fact',
    width: 'w-24',
    align: 'right',
    from: 'lg',
    sort: (alert) => lastedMs(alert, Date.now()),
    text: (alert) => lastedWords(alert, Date.now()),
    cell: (alert) => <Lasted alert={alert} />,
  },
]

const FACETS: Facet<AlertView>[] = [
  {
    id: 'severity',
    label: 'Severity',
    values: ({ severity }) => [severity],
    options: SEVERITIES.map((value) => ({ value, label: severityOf({ severity: value, state: 'open' }).word })),
  },
  {
    id: 'state',
    label: 'State',
    values: ({ state }) => [state],
    options: ALERT_STATES.map((value) => ({ value, label: STATE_WORDS[value] })),
  },
  {
    id: 'kind',
    label: 'Kind',
    values: ({ kind }) => [kind],
    options: Object.entries(KIND_WORDS).map(([value, label]) => ({ value, label })),
  },
]

export function AlertsTable({
  noun,
  alerts,
  defaultSort,
  empty,
  footer,
}: {
  noun: string
  alerts: AlertView[]
  defaultSort: string
  empty: { title: string; text: string }
  footer?: ReactNode
}) {
  return (
    <DataTable
      noun={noun}
      rows={alerts}
      columns={COLUMNS}
      facets={FACETS}
      rowId={({ id }) => id}
      defaultSort={defaultSort}
      empty={
        <EmptyState icon={BellOff} title={empty.title}>
          {empty.text}
        </EmptyState>
      }
      footer={footer}
    />
  )
}
