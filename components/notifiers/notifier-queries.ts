import { queryOptions } from '@tanstack/react-query'
import { type Listed, request, requestOne } from '@/components/data/request'
import type { HeartbeatView } from '@/lib/heartbeat/schema'
import type { DeliveryView, NotifierView } from '@/lib/notifiers/schema'

// Keys as in `components/data/queries.ts`.

export const notifierList = () =>
  queryOptions({
    queryKey: ['notifier', 'list'],
    queryFn: ({ signal }) => request<Listed<NotifierView>>('/api/v1/notifiers', { signal }),
  })

export const notifierOne = (id: string) =>
  queryOptions({
    queryKey: ['notifier', 'one', id],
    queryFn: ({ signal }) => requestOne<NotifierView>(`/api/v1/notifiers/${id}`, { signal }),
  })

export const DELIVERIES_SHOWN = 100

/** The latest messages of one notifier. */
export const deliveryList = (id: string) =>
  queryOptions({
    queryKey: ['notifier', 'one', id, 'deliveries'],
    queryFn: ({ signal }) =>
      request<Listed<DeliveryView>>(`/api/v1/notifiers/${id}/deliveries?limit=${DELIVERIES_SHOWN}`, { signal }),
  })

/** Null: there is none. */
export const heartbeatOne = () =>
  queryOptions({
    queryKey: ['notifier', 'one', 'heartbeat'],
    queryFn: ({ signal }) => requestOne<HeartbeatView | null>('/api/v1/system/heartbeat', { signal }),
  })
