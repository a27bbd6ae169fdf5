'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { TriangleAlert } from 'lucide-react'
import { capacityHistory, type WithCapacity } from '@/components/data/queries'
import { CapacityChart } from '@/components/monitoring/capacity-chart'
import { CapacityTable, csvOfPoints } from '@/components/monitoring/capacity-table'
import { forecastWords } from '@/components/monitoring/forecast-words'
import { HistoryHost, HistoryPanel } from '@/components/monitoring/history-panel'
import { MEASURED_WHERE_MOUNTED } from '@/components/monitoring/measured-words'
import { OvercommitChart } from '@/components/monitoring/overcommit-chart'
import { RANGE_WORDS } from '@/components/monitoring/range-switch'
import { WhatIf } from '@/components/monitoring/what-if'
import { cn } from '@/components/ui/cn'
import { partsOf } from '@/components/ui/exact-time'
import { useNow } from '@/components/ui/relative-time'
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

/** Who measures it, where the page does not say. */
const MEASURED: Record<WithCapacity, string> = {
  backend: MEASURED_WHERE_MOUNTED,
  mount: MEASURED_WHERE_MOUNTED,
  pool: 'A host that has it open measures it every five minutes.',
  fleet: 'Storages are measured by the hosts that have them.',
}

function Nothing({ range, measured }: { range: MetricsRange; measured: string }) {
  return (
    <div className="flex h-44 flex-col items-center justify-center text-center text-13 text-muted">
      <p>Nothing was measured in the last {RANGE_WORDS[range]}.</p>
      <p className="max-w-prose">{measured}</p>
    </div>
  )
}

/** How much was used over time, and when it is full. `name` is that of the thing, for the file. `measured`: who measures it and when. */
export function CapacityHistory({
  noun,
  id,
  name,
  measured = MEASURED[noun],
  overcommitLimit = null,
  title = 'Capacity over time',
  onlyHostId,
}: {
  noun: WithCapacity
  id: string
  name: string
  measured?: string
  /** Of a pool; null: none is set. */
  overcommitLimit?: number | null
  title?: string
  /** On this host, and no other to choose. */
  onlyHostId?: string
}) {
  const [given, setRange] = useUrlParameter('range')
  const [chosenHost, setHost] = useUrlParameter('measured_on')
  const host = onlyHostId ?? chosenHost
  const range = RANGES.find((one) => one === given) ?? '7d'
  const query = useQuery({ ...capacityHistory(noun, id, range, host), placeholderData: keepPreviousData })
  const label = `Capacity of ${name}`
  return (
    <HistoryPanel
      title={title}
      range={range}
      onRange={(next) => setRange(next === '7d' ? '' : next)}
      file={<CsvButton noun={`capacity ${name} ${range}`} rows={() => csvOfPoints(query.data?.points ?? [])} />}
      query={query}
    >
      {(history, isTable) => {
        const { points, hosts = [] } = history
        return (
          <>
            {onlyHostId === undefined && hosts.length > 0 && (
              <HistoryHost label="Measured on" value={history.host?.id ?? host} hosts={hosts} onChange={setHost} />
            )}
            {points.length === 0 && <Nothing range={history.range} measured={measured} />}
            {points.length > 0 && isTable && <CapacityTable points={points} label={label} />}
            {points.length > 0 && !isTable && (
              <CapacityChart history={history} toMs={query.dataUpdatedAt} label={label} />
            )}
            <Forecast history={history} />
            {!isTable && points.some(({ overcommit }) => overcommit !== null) && (
              <OvercommitChart
                history={history}
                toMs={query.dataUpdatedAt}
                label={`Overcommit of ${name}`}
                limit={overcommitLimit}
              />
            )}
            {(noun === 'backend' || noun === 'pool') && points.length > 0 && (
              <WhatIf key={id} noun={noun} id={id} hostId={history.host?.id ?? ''} />
            )}
          </>
        )
      }}
    </HistoryPanel>
  )
}
