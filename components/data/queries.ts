import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { type Listed, request, requestOne } from '@/components/data/request'
import type { AttentionView } from '@/lib/attention/schema'
import type { AuditView } from '@/lib/audit/schema'
import type { BackendView } from '@/lib/backends/schema'
import type { FileView, UploadView } from '@/lib/files/schema'
import type { HealthView } from '@/lib/health/schema'
import type { HostRow, HostView } from '@/lib/hosts/schema'
import type { MetricsRange } from '@/lib/monitoring/ranges'
import type { SamplingView } from '@/lib/monitoring/sampling/schema'
import type { CapacityHistoryView } from '@/lib/monitoring/schema'
import type { MountMatrix } from '@/lib/mounts/matrix/matrix-schema'
import type { MountEventView, MountView } from '@/lib/mounts/schema'
import type { OperationRow, OperationView } from '@/lib/operations/schema'
import type { ForeignView, PoolSummary, PoolView, TemplateView } from '@/lib/pools/schema'
import type { LeaseView, RepositoryView } from '@/lib/repositories/schema'
import type { RestoredView } from '@/lib/restores/schema'
import type { RetentionView } from '@/lib/retention/schema'
import type { SearchGroup } from '@/lib/search/schema'
import type { PoolScheduleView, VolumeScheduleView } from '@/lib/snapshots/schema'
import type { SavedViewView, ViewList } from '@/lib/views/schema'
import type { AttachView, VolumeRow, VolumeView } from '@/lib/volumes/schema'
import type { UnknownVolumeView } from '@/lib/volumes/unknown/schema'

/**
 * Keys are `[topic, 'list', …]` or `[topic, 'one', id, …]`: topic and id are those of the event stream, so that a change finds its queries.
 * Pages give the first data under the same keys from the server.
 */

/** As many as the API gives at once: tables sort and filter in the browser. */
export const LIST_LIMIT = 5000

export const backendList = () =>
  queryOptions({
    queryKey: ['backend', 'list'],
    queryFn: ({ signal }) => request<Listed<BackendView>>(`/api/v1/storage/backends?limit=${LIST_LIMIT}`, { signal }),
  })

export const backendOne = (id: string) =>
  queryOptions({
    queryKey: ['backend', 'one', id],
    queryFn: ({ signal }) => requestOne<BackendView>(`/api/v1/storage/backends/${id}`, { signal }),
  })

export const repositoryList = () =>
  queryOptions({
    queryKey: ['repository', 'list'],
    queryFn: ({ signal }) => request<Listed<RepositoryView>>(`/api/v1/repositories?limit=${LIST_LIMIT}`, { signal }),
  })

export const repositoryOne = (id: string) =>
  queryOptions({
    queryKey: ['repository', 'one', id],
    queryFn: ({ signal }) => requestOne<RepositoryView>(`/api/v1/repositories/${id}`, { signal }),
  })

/** Programs that work there, and those that have. */
export const leasesOf = (id: string) =>
  queryOptions({
    queryKey: ['repository', 'one', id, 'leases'],
    queryFn: ({ signal }) => request<Listed<LeaseView>>(`/api/v1/repositories/${id}/leases?limit=100`, { signal }),
  })

export const poolList = () =>
  queryOptions({
    queryKey: ['pool', 'list'],
    queryFn: ({ signal }) => request<Listed<PoolView>>(`/api/v1/storage/pools?limit=${LIST_LIMIT}`, { signal }),
  })

/** All of them together. */
export const poolsInSum = () =>
  queryOptions({
    queryKey: ['pool', 'list', 'summary'],
    queryFn: ({ signal }) => requestOne<PoolSummary>('/api/v1/storage/pools/summary', { signal }),
  })

export const poolOne = (id: string) =>
  queryOptions({
    queryKey: ['pool', 'one', id],
    queryFn: ({ signal }) => requestOne<PoolView>(`/api/v1/storage/pools/${id}`, { signal }),
  })

/** What lies in a pool that Holdfast did not make. */
export const poolForeign = (id: string) =>
  queryOptions({
    queryKey: ['pool', 'list', 'foreign', id],
    queryFn: ({ signal }) => request<Listed<ForeignView>>(`/api/v1/storage/pools/${id}/foreign`, { signal }),
  })

/** Images and ISO files that volumes can be made from. */
export const poolTemplates = (id: string) =>
  queryOptions({
    queryKey: ['pool', 'one', id, 'templates'],
    queryFn: ({ signal }) => request<Listed<TemplateView>>(`/api/v1/storage/pools/${id}/templates`, { signal }),
  })

/** Volumes with our mark that no row is about. */
export const poolUnknown = (id: string) =>
  queryOptions({
    queryKey: ['volume', 'list', 'unknown', id],
    queryFn: ({ signal }) =>
      request<Listed<UnknownVolumeView>>(`/api/v1/storage/pools/${id}/unknown-volumes`, { signal }),
  })

/** A directory of a pool, page by page. `hostId`: where each host has its own files. */
export const poolFiles = (id: string, path: string, hostId: string | null) =>
  infiniteQueryOptions({
    queryKey: ['pool', 'one', id, 'files', path, hostId],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({
        path,
        ...(hostId === null ? {} : { host_id: hostId }),
        ...(pageParam === '' ? {} : { cursor: pageParam }),
      })
      return request<Listed<FileView>>(`/api/v1/storage/pools/${id}/files?${query}`, { signal })
    },
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
  })

/** Files on their way into a pool. */
export const poolUploads = (id: string) =>
  queryOptions({
    queryKey: ['pool', 'one', id, 'uploads'],
    queryFn: ({ signal }) => request<Listed<UploadView>>(`/api/v1/storage/pools/${id}/uploads`, { signal }),
  })

const volumes = (filter: Readonly<Record<string, string>>, signal: AbortSignal) =>
  request<Listed<VolumeRow>>(`/api/v1/volumes?${new URLSearchParams({ ...filter, limit: String(LIST_LIMIT) })}`, {
    signal,
  })

/** Of all pools, without those in the trash. */
export const volumeList = () =>
  queryOptions({ queryKey: ['volume', 'list'], queryFn: ({ signal }) => volumes({}, signal) })

export const volumeTrash = () =>
  queryOptions({
    queryKey: ['volume', 'list', 'trash'],
    queryFn: ({ signal }) => volumes({ phase: 'TRASHED' }, signal),
  })

export const volumesOf = (poolId: string) =>
  queryOptions({
    queryKey: ['volume', 'list', 'of', poolId],
    queryFn: ({ signal }) => volumes({ pool_id: poolId }, signal),
  })

export const volumeOne = (id: string) =>
  queryOptions({
    queryKey: ['volume', 'one', id],
    queryFn: ({ signal }) => requestOne<VolumeView>(`/api/v1/volumes/${id}`, { signal }),
  })

/** How a machine on a host is given a volume; `ask` are the parameters of the API. */
export const attachInfoOf = (id: string, ask: Readonly<Record<string, string>>) =>
  queryOptions({
    queryKey: ['volume', 'one', id, 'attach', ask],
    queryFn: ({ signal }) =>
      requestOne<AttachView>(`/api/v1/volumes/${id}/attach-info?${new URLSearchParams(ask)}`, { signal }),
  })

export const volumeSchedule = (id: string) =>
  queryOptions({
    queryKey: ['volume', 'one', id, 'schedule'],
    queryFn: ({ signal }) => requestOne<VolumeScheduleView>(`/api/v1/volumes/${id}/snapshot-schedule`, { signal }),
  })

export const poolSchedule = (id: string) =>
  queryOptions({
    queryKey: ['pool', 'one', id, 'schedule'],
    queryFn: ({ signal }) => requestOne<PoolScheduleView>(`/api/v1/storage/pools/${id}/snapshot-schedule`, { signal }),
  })

/** What has a history of its capacity; `fleet`: all storages together, which have no id. */
export type WithCapacity = 'backend' | 'pool' | 'mount' | 'fleet'

/** Empty `hostId`: of the fullest, where each host has its own. Of no topic: that something was measured is no news for anybody. */
export const capacityHistory = (noun: WithCapacity, id: string, range: MetricsRange, hostId: string) =>
  queryOptions({
    queryKey: ['metrics', noun, id, range, hostId],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ range, ...(hostId === '' ? {} : { host_id: hostId }) })
      const path = noun === 'fleet' ? 'monitoring/capacity' : `storage/${noun}s/${id}/metrics`
      return (await requestOne<{ history: CapacityHistoryView }>(`/api/v1/${path}?${query}`, { signal })).history
    },
    staleTime: 60_000,
    refetchInterval: 5 * 60_000,
  })

/** What needs a person, the worst of it by name, and how many of each noun are in trouble. */
export const attentionList = () =>
  queryOptions({
    queryKey: ['attention', 'list'],
    queryFn: ({ signal }) => request<AttentionView>('/api/v1/attention', { signal }),
  })

/** Null: the database is not behind its hosts. */
export const restoredState = () =>
  queryOptions({
    queryKey: ['setting', 'one', 'restored'],
    queryFn: ({ signal }) => requestOne<RestoredView | null>('/api/v1/installation/restored', { signal }),
  })

/** How long history is kept, and how much there is. */
export const sampling = () =>
  queryOptions({
    queryKey: ['setting', 'one', 'sampling'],
    queryFn: ({ signal }) => requestOne<SamplingView>('/api/v1/system/sampling', { signal }),
  })

export const retention = () =>
  queryOptions({
    queryKey: ['setting', 'one', 'retention'],
    queryFn: ({ signal }) => requestOne<RetentionView>('/api/v1/system/retention', { signal }),
  })

const HEALTH_POLL_MS = 5_000

/** Figures change without an event, so they are read again and again while somebody looks. */
export const systemHealth = () =>
  queryOptions({
    queryKey: ['health', 'one', 'system'],
    queryFn: ({ signal }) => requestOne<HealthView>('/api/v1/system/health', { signal }),
    refetchInterval: HEALTH_POLL_MS,
  })

export const mountList = () =>
  queryOptions({
    queryKey: ['mount', 'list'],
    queryFn: ({ signal }) => request<Listed<MountView>>(`/api/v1/storage/mounts?limit=${LIST_LIMIT}`, { signal }),
  })

export const mountOne = (id: string) =>
  queryOptions({
    queryKey: ['mount', 'one', id],
    queryFn: ({ signal }) => requestOne<MountView>(`/api/v1/storage/mounts/${id}`, { signal }),
  })

/** Every mount on every host, in short. */
export const mountMatrix = () =>
  queryOptions({
    queryKey: ['mount', 'matrix'],
    queryFn: ({ signal }) => requestOne<MountMatrix>('/api/v1/storage/mounts/matrix', { signal }),
  })

/** Mounts of one backend or on one host. */
export const mountsOf = (filter: { backend_id: string } | { host_id: string }) =>
  queryOptions({
    queryKey: ['mount', 'list', filter],
    queryFn: ({ signal }) =>
      request<Listed<MountView>>(`/api/v1/storage/mounts?${new URLSearchParams(filter)}&limit=${LIST_LIMIT}`, {
        signal,
      }),
  })

const EVENTS_PAGE = 50

function eventPages(key: readonly unknown[], url: string) {
  return infiniteQueryOptions({
    queryKey: ['mount', 'list', 'events', ...key],
    queryFn: ({ pageParam, signal }) =>
      request<Listed<MountEventView>>(`${url}limit=${EVENTS_PAGE}${pageParam ? `&cursor=${pageParam}` : ''}`, {
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  })
}

/** What was seen of a mount, on all hosts or on one. */
export const mountEvents = (id: string, hostId: string) =>
  eventPages([id, hostId], `/api/v1/storage/mounts/${id}/history?${hostId === '' ? '' : `host_id=${hostId}&`}`)

export const hostEvents = (id: string) => eventPages(['host', id], `/api/v1/hosts/${id}/history?`)

export const hostList = () =>
  queryOptions({
    queryKey: ['host', 'list'],
    queryFn: ({ signal }) => request<Listed<HostRow>>(`/api/v1/hosts?limit=${LIST_LIMIT}`, { signal }),
  })

export const hostOne = (id: string) =>
  queryOptions({
    queryKey: ['host', 'one', id],
    queryFn: ({ signal }) => requestOne<HostView>(`/api/v1/hosts/${id}`, { signal }),
  })

export const OPERATIONS_SHOWN = 500

/** The latest, of all or of those that `filter` (parameters of the API) leaves. */
export const operationList = (filter: Readonly<Record<string, string>> = {}) =>
  queryOptions({
    queryKey: ['operation', 'list', 'shown', filter],
    queryFn: ({ signal }) =>
      request<Listed<OperationRow>>(
        `/api/v1/operations?${new URLSearchParams({ ...filter, limit: String(OPERATIONS_SHOWN) })}`,
        { signal },
      ),
  })

export const LATEST_SHOWN = 6
/** More are read than shown: those that only look are left out of the overview. */
export const LATEST_READ = 24

export const operationsLatest = () =>
  queryOptions({
    queryKey: ['operation', 'list', 'latest'],
    queryFn: ({ signal }) => request<Listed<OperationRow>>(`/api/v1/operations?limit=${LATEST_READ}`, { signal }),
  })

export const RUNNING_SHOWN = 20

export const operationsRunning = () =>
  queryOptions({
    queryKey: ['operation', 'list', 'running'],
    queryFn: ({ signal }) =>
      request<Listed<OperationRow>>(`/api/v1/operations?status=running&limit=${RUNNING_SHOWN}`, { signal }),
  })

export const operationsOf = (targetId: string) =>
  queryOptions({
    queryKey: ['operation', 'list', { target_id: targetId }],
    queryFn: ({ signal }) =>
      request<Listed<OperationRow>>(`/api/v1/operations?target_id=${encodeURIComponent(targetId)}&limit=50`, {
        signal,
      }),
  })

export const operationsOnHost = (hostId: string) =>
  queryOptions({
    queryKey: ['operation', 'list', { host_id: hostId }],
    queryFn: ({ signal }) =>
      request<Listed<OperationRow>>(`/api/v1/operations?host_id=${encodeURIComponent(hostId)}&limit=50`, { signal }),
  })

const RUNNING_POLL_MS = 1000

/** Of an operation, or of its part on one host. */
export function isRunning(operation: { status: string }): boolean {
  return operation.status === 'queued' || operation.status === 'running'
}

/** While it runs it is read again every second too: its log lines matter more than a request. */
export const operationOne = (id: string) =>
  queryOptions({
    queryKey: ['operation', 'one', id],
    queryFn: ({ signal }) => requestOne<OperationView>(`/api/v1/operations/${id}`, { signal }),
    refetchInterval: (query) => (query.state.data && !isRunning(query.state.data) ? false : RUNNING_POLL_MS),
  })

export const AUDIT_PAGE = 200

export const auditPages = (filter: Readonly<Record<string, string>> = {}) =>
  infiniteQueryOptions({
    queryKey: ['audit', 'list', filter],
    queryFn: ({ pageParam, signal }) => {
      const page = pageParam ? { cursor: pageParam } : {}
      const parameters = new URLSearchParams({ ...filter, ...page, limit: String(AUDIT_PAGE) })
      return request<Listed<AuditView>>(`/api/v1/audit?${parameters}`, { signal })
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor,
  })

/** One's own. */
export const viewList = (list: ViewList) =>
  queryOptions({
    queryKey: ['view', 'list', list],
    queryFn: ({ signal }) => request<Listed<SavedViewView>>(`/api/v1/account/views?list=${list}`, { signal }),
  })

export interface SearchAnswer {
  /** What was asked. */
  query: string
  groups: SearchGroup[]
}

const SEARCH_STALE_MS = 10_000

/** Not fed by the event stream: typing asks again soon enough. */
export const searchFor = (query: string, limit: number) =>
  queryOptions({
    queryKey: ['search', 'list', query, limit],
    queryFn: async ({ signal }): Promise<SearchAnswer> => {
      const parameters = new URLSearchParams({ q: query.slice(0, 200), limit: String(limit) })
      const { data } = await request<Listed<SearchGroup>>(`/api/v1/search?${parameters}`, { signal })
      return { query, groups: data }
    },
    staleTime: SEARCH_STALE_MS,
  })
