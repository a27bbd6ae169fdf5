import { queryOptions } from '@tanstack/react-query'
import { requestOne } from '@/components/data/request'
import type { MonitoringOverview } from '@/lib/monitoring/schema'

// Of no topic of the event stream: that something was measured is no news for anybody.

/** Agents measure every five minutes. */
const MEASURED_MS = 5 * 60_000

export const monitoringOverview = () =>
  queryOptions({
    queryKey: ['metrics', 'overview'],
    queryFn: ({ signal }) => requestOne<MonitoringOverview>('/api/v1/monitoring/overview', { signal }),
    refetchInterval: MEASURED_MS,
  })
