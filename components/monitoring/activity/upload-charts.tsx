'use client'

import { cacheOf, cachePointWords, waitingOf, waitingPointWords } from '@/components/monitoring/activity/activity-words'
import { byteTicks } from '@/components/monitoring/chart-scale'
import { LineChart } from '@/components/monitoring/line-chart'
import { cn } from '@/components/ui/cn'
import type { ActivityHistoryView } from '@/lib/monitoring/activity/schema'
import { formatBytes } from '@/lib/units'

/** What waited on the host to be uploaded, and what its cache held. Nothing where the storage has neither. */
export function UploadCharts({ history, toMs, name }: { history: ActivityHistoryView; toMs: number; name: string }) {
  const { points, range, step_seconds: stepSeconds } = history
  const isTold = points.some((point) => waitingOf(point) !== null)
  const hasCache = points.some((point) => cacheOf(point) !== null)
  const common = { points, range, stepSeconds, toMs }
  return (
    <>
      {isTold && (
        <section aria-label="What waits to be uploaded" className={cn(!hasCache && 'xl:col-span-2')}>
          <h3 className="mb-2 text-12 text-muted">Files that waited on the host to be uploaded, at most</h3>
          <LineChart
            {...common}
            label={`Files of ${name} that wait to be uploaded`}
            figureOf={waitingOf}
            words={waitingPointWords}
            tickWords={String}
            least={4}
          />
        </section>
      )}
      {hasCache && (
        <section aria-label="What its cache holds">
          <h3 className="mb-2 text-12 text-muted">What its cache on the host held, at most</h3>
          <LineChart
            {...common}
            label={`What the cache of ${name} holds`}
            figureOf={cacheOf}
            words={cachePointWords}
            tickWords={formatBytes}
            ticksOf={byteTicks}
            least={1_048_576}
          />
        </section>
      )}
    </>
  )
}
