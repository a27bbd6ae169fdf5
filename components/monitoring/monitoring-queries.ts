import { queryOptions } from '@tanstack/react-query'
import { type Listed, request, requestOne } from '@/components/data/request'
import type { ActivityHistoryView } from '@/lib/monitoring/activity/schema'
import type { MetricsRange } from '@/lib/monitoring/ranges'
import type { MonitoringOverview, TrendView, WhatIfView } from '@/lib/monitoring/schema'

// Of no topic of the event stream: that something was measured is no news for anybody.

/** Agents measure every five minutes. */
const MEASURED_MS = 5 * 60_000

export const monitoringOverview = () =>
  queryOptions({
    queryKey: ['metrics', 'overview'],
    queryFn: ({ signal }) => requestOne<MonitoringOverview>('/api/v1/monitoring/overview', { signal }),
    refetchInterval: MEASURED_MS,
  })

/** Of all things of a noun, or of each host what it has for itself. */
export type TrendsOf = 'noun=backend' | 'noun=pool' | 'noun=mount' | 'per=host'

export const trendList = (of: TrendsOf) =>
  queryOptions({
    queryKey: ['metrics', 'trends', of],
    queryFn: ({ signal }) => request<Listed<TrendView>>(`/api/v1/monitoring/trends?${of}`, { signal }),
    staleTime: MEASURED_MS,
    refetchInterval: MEASURED_MS,
  })

/** `ask` are the parameters of the API. */
export const whatIf = (noun: 'backend' | 'pool', id: string, ask: Readonly<Record<string, string>>) =>
  queryOptions({
    queryKey: ['metrics', noun, id, 'what-if', ask],
    queryFn: ({ signal }) =>
      requestOne<WhatIfView>(`/api/v1/storage/${noun}s/${id}/forecast?${new URLSearchParams(ask)}`, { signal }),
    staleTime: MEASURED_MS,
  })

/** Empty `hostId`: of the host that waits longest for answers. */
export const mountActivity = (id: string, range: MetricsRange, hostId: string) =>
  queryOptions({
    queryKey: ['metrics', 'mount', id, 'activity', range, hostId],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ range, ...(hostId === '' ? {} : { host_id: hostId }) })
      const path = `/api/v1/storage/mounts/${id}/activity?${query}`
      return (await requestOne<{ history: ActivityHistoryView }>(path, { signal })).history
    },
    staleTime: 60_000,
    refetchInterval: MEASURED_MS,
  })
