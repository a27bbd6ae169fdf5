'use client'

import { queryOptions, useQuery } from '@tanstack/react-query'
import { Boxes, Database, Disc3, HardDrive, type LucideIcon, Waypoints } from 'lucide-react'
import { usePollInterval } from '@/components/data/live'
import { ProblemNote } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { EmptyState, Panel, Skeleton } from '@/components/ui/feedback'
import { RowLink } from '@/components/ui/row-link'
import type { UseKind, UsesNode, UsesView } from '@/lib/uses/schema'

const KINDS: Readonly<Record<UseKind, { heading: string; icon: LucideIcon; path: string }>> = {
  backend: { heading: 'Backends', icon: HardDrive, path: '/backends' },
  mount: { heading: 'Mounts', icon: Waypoints, path: '/mounts' },
  pool: { heading: 'Pools', icon: Database, path: '/pools' },
  volume: { heading: 'Volumes', icon: Disc3, path: '/volumes' },
  workload: { heading: 'Containers and machines', icon: Boxes, path: '/workloads' },
}
const ORDER = ['workload', 'volume', 'pool', 'mount', 'backend'] as const satisfies UseKind[]

export const usesOf = (id: string) =>
  queryOptions({
    queryKey: ['workload', 'uses', id],
    queryFn: ({ signal }) => requestOne<UsesView>(`/api/v1/uses?of=${encodeURIComponent(id)}`, { signal }),
  })

/** More of a kind are told of as a number. */
const SHOWN = 200

/** In one step: what of these uses it directly. */
function usersOf(node: UsesNode, { edges, needed_by: all }: UsesView): string {
  const ids = new Set(edges.filter(({ user }) => user === node.id).map(({ used }) => used))
  return all.flatMap((other) => (ids.has(other.id) ? [other.name] : [])).join(', ')
}

/** Everything that breaks when this is gone, over all steps, with what it hangs on. */
export function DependsOn({ id, name }: { id: string; name: string }) {
  const { data, error } = useQuery({ ...usesOf(id), refetchInterval: usePollInterval() })
  if (error !== null && data === undefined) return <ProblemNote error={error} />
  if (data === undefined) return <Skeleton className="h-24" />
  if (data.needed_by.length === 0) {
    return (
      <EmptyState icon={Boxes} title={`Nothing depends on ${name}`}>
        No mount, pool or volume lies on it, and no container or machine uses one.
      </EmptyState>
    )
  }
  const groups = Map.groupBy(data.needed_by, ({ kind }) => kind)
  return (
    <div className="space-y-5">
      {ORDER.map((kind) => {
        const nodes = groups.get(kind)
        return nodes && <Group key={kind} kind={kind} nodes={nodes} view={data} />
      })}
      {data.is_cut && <p className="text-12 text-muted">There is more than is shown here.</p>}
    </div>
  )
}

function Group({ kind, nodes, view }: { kind: UseKind; nodes: readonly UsesNode[]; view: UsesView }) {
  const { heading, icon: Icon, path } = KINDS[kind]
  return (
    <Panel title={`${heading} (${nodes.length})`} flush>
      <ul className="divide-y divide-line">
        {nodes.slice(0, SHOWN).map((node) => {
          const through = usersOf(node, view)
          return (
            <li
              key={node.id}
              className="relative flex flex-wrap items-center gap-x-3 gap-y-0.5 px-4 py-2 text-13 hover:bg-hover"
            >
              <Icon aria-hidden className="size-4 shrink-0 text-muted" />
              <RowLink href={`${path}/${node.id}`} className="min-w-0 flex-1 truncate font-medium" title={node.name}>
                {node.name}
              </RowLink>
              {node.host && <span className="text-muted">on {node.host.name}</span>}
              {through !== '' && (
                <span className="min-w-0 truncate text-muted max-md:w-full" title={through}>
                  through {through}
                </span>
              )}
            </li>
          )
        })}
      </ul>
      {nodes.length > SHOWN && (
        <p className="border-t border-line px-4 py-2 text-12 text-muted">And {nodes.length - SHOWN} more.</p>
      )}
    </Panel>
  )
}
