'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChartArea, Table2, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { capacityHistory, type WithCapacity } from '@/components/data/queries'
import { CapacityChart } from '@/components/monitoring/capacity-chart'
import { CapacityTable, csvOfPoints } from '@/components/monitoring/capacity-table'
import { forecastWords } from '@/components/monitoring/forecast-words'
import { RANGE_WORDS, RangeSwitch } from '@/components/monitoring/range-switch'
import { WhatIf } from '@/components/monitoring/what-if'
import { Button, IconButton } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import { partsOf } from '@/components/ui/exact-time'
import { Note, Panel, Skeleton } from '@/components/ui/feedback'
import { useNow } from '@/components/ui/relative-time'
import { Select } from '@/components/ui/select'
import { CsvButton } from '@/components/ui/table/csv-button'
import { useTimes } from '@/components/ui/times'
import { useUrlParameter } from '@/components/ui/use-url-parameter'
import { type MetricsRange, RANGES } from '@/lib/monitoring/ranges'
import type { CapacityHistoryView } from '@/lib/monitoring/schema'

function Forecast({ history }: { history: CapacityHistoryView }) {
  const { zone } = useTimes()
  const isFull = history.points.at(-1)?.available_bytes === 0
  const { text, isSoon } = forecastWords({ ...history, isFull }, useNow(), (iso) => partsOf(iso, zone).date)
  return (
    <p className={cn('flex items-start gap-1.5 text-13', isSoon ? 'text-warning' : 'text-muted')}>
      {isSoon && <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />}
      <span>{text}</span>
    </p>
  )
}

function Nothing({ range, isRare }: { range: MetricsRange; isRare: boolean }) {
  return (
    <div className="flex h-44 flex-col items-center justify-center text-center text-13 text-muted">
      <p>Nothing was measured in the last {RANGE_WORDS[range]}.</p>
      <p>
        {isRare
          ? 'It is measured when it is connected or tested; its pools are measured every five minutes.'
          : 'A host that has it mounted or open measures it every five minutes.'}
      </p>
    </div>
  )
}

/** How much was used over time, and when it is full. `name` is that of the thing, for the file. `isRare`: no host measures it by itself. */
export function CapacityHistory({
  noun,
  id,
  name,
  isRare = false,
}: {
  noun: WithCapacity
  id: string
  name: string
  isRare?: boolean
}) {
  const [given, setRange] = useUrlParameter('range')
  const [host, setHost] = useUrlParameter('measured_on')
  const [isTable, setIsTable] = useState(false)
  const range = RANGES.find((one) => one === given) ?? '7d'
  const { data, dataUpdatedAt, isError, refetch } = useQuery({
    ...capacityHistory(noun, id, range, host),
    placeholderData: keepPreviousData,
  })
  const hosts = data?.hosts ?? []
  const label = `Capacity of ${name}`
  return (
    <Panel
      title="Capacity over time"
      action={
        <div className="flex items-center gap-1">
          <RangeSwitch value={range} onChange={(next) => setRange(next === '7d' ? '' : next)} />
          <IconButton
            icon={isTable ? ChartArea : Table2}
            label={isTable ? 'Show as a chart' : 'Show as a table'}
            onClick={() => setIsTable(!isTable)}
          />
          <CsvButton noun={`capacity ${name} ${range}`} rows={() => csvOfPoints(data?.points ?? [])} />
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
      {data !== undefined && (
        <div className="space-y-3">
          {hosts.length > 0 && (
            <div className="max-w-64">
              <Select
                aria-label="Measured on"
                value={data.host?.id ?? host}
                onChange={setHost}
                choices={hosts.map((one) => ({ value: one.id, label: one.name }))}
              />
            </div>
          )}
          {data.points.length === 0 && <Nothing range={data.range} isRare={isRare} />}
          {data.points.length > 0 && isTable && <CapacityTable points={data.points} label={label} />}
          {data.points.length > 0 && !isTable && <CapacityChart history={data} toMs={dataUpdatedAt} label={label} />}
          <Forecast history={data} />
          {(noun === 'backend' || noun === 'pool') && data.points.length > 0 && (
            <WhatIf key={id} noun={noun} id={id} hostId={data.host?.id ?? ''} />
          )}
        </div>
      )}
    </Panel>
  )
}
