import Link from 'next/link'
import type { WorkloadRow, WorkloadUseView } from '@/lib/workloads/schema'

const PATHS: Readonly<Record<WorkloadUseView['kind'], string>> = { mount: '/mounts', volume: '/volumes' }

export function pathOfUse({ kind, id }: Pick<WorkloadUseView, 'kind' | 'id'>): string {
  return `${PATHS[kind]}/${id}`
}

/** Mounts and volumes of ours that a workload has been given. */
export function UsesOf({ workload: { uses } }: { workload: Pick<WorkloadRow, 'uses'> }) {
  if (uses.length === 0) return <span className="text-faint">none</span>
  return (
    <span title={uses.map(({ name }) => name).join(', ')} className="min-w-0 md:truncate">
      {uses.map((use, index) => (
        <span key={use.id}>
          {index > 0 && ', '}
          <Link href={pathOfUse(use)} prefetch={false} className="hover:underline">
            {use.name}
          </Link>
        </span>
      ))}
    </span>
  )
}
