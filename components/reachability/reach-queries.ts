import { queryOptions } from '@tanstack/react-query'
import { type Listed, request, requestOne } from '@/components/data/request'
import type { ReachMatrix, ReachSettings, ReachView } from '@/lib/reachability/schema'

export const reachMatrix = () =>
  queryOptions({
    queryKey: ['reach', 'list'],
    queryFn: ({ signal }) => requestOne<ReachMatrix>('/api/v1/monitoring/reachability', { signal }),
  })

export const reachOfBackend = (id: string) =>
  queryOptions({
    queryKey: ['reach', 'one', id],
    queryFn: ({ signal }) => request<Listed<ReachView>>(`/api/v1/storage/backends/${id}/reachability`, { signal }),
  })

export const reachSettings = () =>
  queryOptions({
    queryKey: ['setting', 'one', 'reachability'],
    queryFn: ({ signal }) => requestOne<ReachSettings>('/api/v1/monitoring/reachability/settings', { signal }),
  })
