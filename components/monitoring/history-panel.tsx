'use client'

import type { UseQueryResult } from '@tanstack/react-query'
import { ChartArea, Table2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { RangeSwitch } from '@/components/monitoring/range-switch'
import { Button, IconButton } from '@/components/ui/button'
import { Note, Panel, Skeleton } from '@/components/ui/feedback'
import { Select } from '@/components/ui/select'
import type { MetricsRange } from '@/lib/monitoring/ranges'

interface Props<History> {
  title: string
  range: MetricsRange
  onRange: (range: MetricsRange) => void
  /** The button that gives a file of it. */
  file: ReactNode
  query: Pick<UseQueryResult<History>, 'data' | 'isError' | 'refetch'>
  children: (history: History, isTable: boolean) => ReactNode
}

/** What was measured over time, as a chart or as a table, for a range that people choose. */
export function HistoryPanel<History>({ title, range, onRange, file, query, children }: Props<History>) {
  const [isTable, setIsTable] = useState(false)
  const { data, isError, refetch } = query
  return (
    <Panel
      title={title}
      action={
        <div className="flex items-center gap-1">
          <RangeSwitch value={range} onChange={onRange} />
          <IconButton
            icon={isTable ? ChartArea : Table2}
            label={isTable ? 'Show as a chart' : 'Show as a table'}
            onClick={() => setIsTable(!isTable)}
          />
          {file}
        </div>
      }
    >
      {isError && data === undefined && (
        <Note
          title="The history could not be read."
          action={
            <Button size="sm" onClick={() => void refetch()}>
              Try again
            </Button>
          }
        />
      )}
      {!isError && data === undefined && <Skeleton className="h-60" />}
      {data !== undefined && <div className="space-y-3">{children(data, isTable)}</div>}
    </Panel>
  )
}

/** On which host it was measured. */
export function HistoryHost({
  label,
  value,
  hosts,
  onChange,
}: {
  label: string
  value: string
  hosts: readonly { id: string; name: string }[]
  onChange: (id: string) => void
}) {
  return (
    <div className="max-w-64">
      <Select
        aria-label={label}
        value={value}
        onChange={onChange}
        choices={hosts.map((one) => ({ value: one.id, label: one.name }))}
      />
    </div>
  )
}
