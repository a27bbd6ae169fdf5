'use client'

import { useQueries } from '@tanstack/react-query'
import { requestOne } from '@/components/data/request'
import type { MountConsumersView } from '@/lib/mounts/schema'
import type { PlannedHost } from '@/lib/plans/schema'

/** So many hosts are asked while somebody reads a plan; of more, "Used by" on the mount's page tells. */
const ASKED = 3
const NAMED = 4

function namesOf({ consumers }: MountConsumersView): string {
  const names = [...new Set(consumers.map((consumer) => consumer.owner?.name ?? consumer.name))]
  const more = names.length - NAMED
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

/** Which programs a step would interrupt, as the hosts say at this moment. A host that does not tell holds nothing up. */
export function WhoUsesIt({ mountId, hosts }: { mountId: string; hosts: readonly PlannedHost[] }) {
  const asked = hosts.filter((host) => host.host_status === 'online').slice(0, ASKED)
  const answers = useQueries({
    queries: asked.map(({ host_id }) => ({
      queryKey: ['consumers', mountId, host_id],
      queryFn: () =>
        requestOne<MountConsumersView>(
          `/api/v1/storage/mounts/${mountId}/consumers?host_id=${encodeURIComponent(host_id)}`,
        ),
      retry: false,
      gcTime: 0,
    })),
  })
  const told = answers.flatMap(({ data }) => (data ? [data] : []))
  if (told.length === 0) return null
  const used = told.filter(({ consumers }) => consumers.length > 0)
  const isAll = told.length === hosts.length
  if (used.length === 0) {
    const isSure = isAll && told.every(({ partial }) => !partial)
    return isSure ? <p className="text-12 text-muted">Nobody uses it there now.</p> : null
  }
  return (
    <ul className="space-y-0.5 text-12" aria-label="In use">
      {[...Map.groupBy(used, namesOf)].map(([names, alike]) => (
        <li key={names} className="break-words">
          In use by <span className="font-medium">{names}</span>{' '}
          <span className="text-muted">on {alike.map((answer) => answer.host_name).join(', ')}</span>
        </li>
      ))}
      {!isAll && (
        <li className="text-muted">
          {told.length} of {hosts.length} hosts were asked.
        </li>
      )}
    </ul>
  )
}
