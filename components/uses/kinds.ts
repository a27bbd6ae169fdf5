import { queryOptions } from '@tanstack/react-query'
import { Boxes, Database, Disc3, HardDrive, type LucideIcon, Network, Server, Waypoints } from 'lucide-react'
import { requestOne } from '@/components/data/request'
import type { AskedKind } from '@/lib/uses/kinds'
import type { UsesNode, UsesView } from '@/lib/uses/schema'

interface KindWords {
  heading: string
  /** Of one, and of several. */
  one: string
  many: string
  icon: LucideIcon
  /** Null: it has no page of its own. */
  path: string | null
}

export const KINDS: Readonly<Record<AskedKind, KindWords>> = {
  server: { heading: 'Server', one: 'server', many: 'servers', icon: Network, path: null },
  host: { heading: 'Host', one: 'host', many: 'hosts', icon: Server, path: '/hosts' },
  backend: { heading: 'Backends', one: 'backend', many: 'backends', icon: HardDrive, path: '/backends' },
  mount: { heading: 'Mounts', one: 'mount', many: 'mounts', icon: Waypoints, path: '/mounts' },
  pool: { heading: 'Pools', one: 'pool', many: 'pools', icon: Database, path: '/pools' },
  volume: { heading: 'Volumes', one: 'volume', many: 'volumes', icon: Disc3, path: '/volumes' },
  workload: {
    heading: 'Containers and machines',
    one: 'workload',
    many: 'workloads',
    icon: Boxes,
    path: '/workloads',
  },
}

export function pathOf({ kind, id }: Pick<UsesNode, 'kind' | 'id'>): string {
  const { path } = KINDS[kind]
  return path === null ? usesPath({ server: id }) : `${path}/${id}`
}

/** What is asked about: an id, or the name or address of a server. */
export type Asked = { of: string } | { server: string }

/** The page of who uses it. */
export function usesPath(asked: Asked): string {
  return `/uses?${new URLSearchParams({ ...asked })}`
}

export const usesOf = (asked: Asked) =>
  queryOptions({
    queryKey: ['uses', 'list', asked],
    queryFn: ({ signal }) => requestOne<UsesView>(`/api/v1/uses?${new URLSearchParams({ ...asked })}`, { signal }),
  })

/** `on kube-7`, for what runs on a host. */
export function whereOf({ host }: UsesNode): string {
  return host === null ? '' : `on ${host.name}`
}
