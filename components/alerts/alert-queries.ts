import { queryOptions } from '@tanstack/react-query'
import { type Listed, request, requestOne } from '@/components/data/request'
import type { RuleView } from '@/lib/alert-rules/schema'
import type { AlertDetail, AlertState, AlertSummary, AlertView } from '@/lib/alerts/schema'

// Keys as in `components/data/queries.ts`.

export const ALERTS_SHOWN = 1000
export const NOT_OVER = ['open', 'acknowledged', 'silenced', 'maintenance', 'folded'] as const satisfies AlertState[]

const alerts = (states: readonly AlertState[], limit: number, signal: AbortSignal) =>
  request<Listed<AlertView>>(
    `/api/v1/alerts?${new URLSearchParams({ state: states.join(','), limit: String(limit) })}`,
    {
      signal,
    },
  )

export const alertsOpen = () =>
  queryOptions({
    queryKey: ['alert', 'list', 'open'],
    queryFn: ({ signal }) => alerts(NOT_OVER, ALERTS_SHOWN, signal),
  })

/** How many need somebody, and the worst few. */
export const alertSummary = () =>
  queryOptions({
    queryKey: ['alert', 'summary'],
    queryFn: ({ signal }) => requestOne<AlertSummary>('/api/v1/alerts/summary', { signal }),
  })

export const alertRules = () =>
  queryOptions({
    queryKey: ['attention', 'rules'],
    queryFn: ({ signal }) => request<Listed<RuleView>>('/api/v1/alert-rules', { signal }),
  })

export const PAST_SHOWN = 500

export const alertsPast = () =>
  queryOptions({
    queryKey: ['alert', 'list', 'past'],
    queryFn: ({ signal }) => alerts(['cleared'], PAST_SHOWN, signal),
  })

export const alertOne = (id: string) =>
  queryOptions({
    queryKey: ['alert', 'one', id],
    queryFn: ({ signal }) => requestOne<AlertDetail>(`/api/v1/alerts/${id}`, { signal }),
  })

const ABOUT_SHOWN = 20

/** The latest about one host, backend, mount, pool or volume. */
export const alertsAbout = (subjectId: string) =>
  queryOptions({
    queryKey: ['alert', 'list', 'about', subjectId],
    queryFn: ({ signal }) =>
      request<Listed<AlertView>>(`/api/v1/alerts?subject_id=${encodeURIComponent(subjectId)}&limit=${ABOUT_SHOWN}`, {
        signal,
      }),
  })
