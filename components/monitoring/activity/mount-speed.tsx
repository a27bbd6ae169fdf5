'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { LatencyChart, ThroughputChart } from '@/components/monitoring/activity/activity-charts'
import { ActivityTable } from '@/components/monitoring/activity/activity-table'
import { csvOfActivity } from '@/components/monitoring/activity/activity-words'
import { UploadCharts } from '@/components/monitoring/activity/upload-charts'
import { HistoryHost, HistoryPanel } from '@/components/monitoring/history-panel'
import { mountActivity } from '@/components/monitoring/monitoring-queries'
import { RANGE_WORDS } from '@/components/monitoring/range-switch'
import { cn } from '@/components/ui/cn'
import { CsvButton } from '@/components/ui/table/csv-button'
import { useUrlParameter } from '@/components/ui/use-url-parameter'
import type { ActivityHistoryView } from '@/lib/monitoring/activity/schema'
import { RANGES } from '@/lib/monitoring/ranges'

function Charts({ history, toMs, name }: { history: ActivityHistoryView; toMs: number; name: string }) {
  const isLooked = history.points.some((point) => point.latency_ms !== null)
  return (
    <div className="grid items-end gap-x-8 gap-y-5 xl:grid-cols-2">
      {isLooked && (
        <section aria-label="How long it takes to answer" className={cn(history.of === null && 'xl:col-span-2')}>
          <h3 className="mb-2 text-12 text-muted">How long looks at the storage took</h3>
          <LatencyChart history={history} toMs={toMs} label={`How long ${name} takes to answer`} />
        </section>
      )}
      {history.of !== null && (
        <section aria-label="What is read and written" className={cn(!isLooked && 'xl:col-span-2')}>
          <h3 className="mb-2 text-12 text-muted">
            {history.of === 'disk'
              ? 'Read and written on the whole disk that it lies on, by whoever does'
              : 'Read and written over the line'}
          </h3>
          <ThroughputChart history={history} toMs={toMs} label={`What is read from and written to ${name}`} />
        </section>
      )}
      <UploadCharts history={history} toMs={toMs} name={name} />
      {history.of === null && (
        <p className="text-13 text-muted xl:col-span-2">
          What is read and written is not known: the kernel does not count it here.
        </p>
      )}
    </div>
  )
}

/** How fast a mount was on one of its hosts, over time. */
export function MountSpeed({ id, name }: { id: string; name: string }) {
  const [given, setRange] = useUrlParameter('speed_range')
  const [host, setHost] = useUrlParameter('speed_on')
  const range = RANGES.find((one) => one === given) ?? '24h'
  const query = useQuery({ ...mountActivity(id, range, host), placeholderData: keepPreviousData })
  return (
    <HistoryPanel
      title="Speed over time"
      range={range}
      onRange={(next) => setRange(next === '24h' ? '' : next)}
      file={<CsvButton noun={`speed ${name} ${range}`} rows={() => csvOfActivity(query.data?.points ?? [])} />}
      query={query}
    >
      {(history, isTable) => (
        <>
          {history.hosts.length > 1 && (
            <HistoryHost label="Speed on" value={history.host?.id ?? host} hosts={history.hosts} onChange={setHost} />
          )}
          {history.points.length === 0 && (
            <p className="py-12 text-center text-13 text-muted">
              Nothing was measured in the last {RANGE_WORDS[history.range]}. A host that has it mounted tells it every
              five minutes, from the second time on.
            </p>
          )}
          {history.points.length > 0 && isTable && <ActivityTable points={history.points} label={`Speed of ${name}`} />}
          {history.points.length > 0 && !isTable && <Charts history={history} toMs={query.dataUpdatedAt} name={name} />}
        </>
      )}
    </HistoryPanel>
  )
}
