'use client'

import { useQueries } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { requestOne } from '@/components/data/request'
import { Button } from '@/components/ui/button'
import type { MountConsumersView } from '@/lib/mounts/schema'
import type { PlannedHost } from '@/lib/plans/schema'

/** So many hosts are asked; of more, "Used by" on the mount's page tells. Each question is an operation on its host. */
const ASKED = 3
const NAMED = 4

function namesOf({ consumers }: MountConsumersView): string {
  const names = [...new Set(consumers.map((consumer) => consumer.owner?.name ?? consumer.name))]
  const more = names.length - NAMED
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

interface Props {
  mountId: string
  hosts: readonly PlannedHost[]
}

/**
 * Which programs a step would interrupt, as the hosts say at this moment. A few hosts are asked by themselves; with more of them, or
 * more plans (`isPart`), when somebody wants to know.
 */
export function WhoUsesIt({ isPart, ...props }: Props & { isPart: boolean }) {
  const [isAsked, setAsked] = useState(!isPart && props.hosts.length <= ASKED)
  if (isAsked) return <Answers {...props} />
  if (props.hosts.every((host) => host.host_status !== 'online')) return null
  return (
    <Button size="sm" icon={Search} onClick={() => setAsked(true)}>
      See who uses it
    </Button>
  )
}

/** A host that does not tell holds nothing up. */
function Answers({ mountId, hosts }: Props) {
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
  if (told.length === 0) {
    const isOver = answers.every(({ isError }) => isError)
    return <p className="text-12 text-muted">{isOver ? 'No host could tell who uses it.' : 'Asking who uses it …'}</p>
  }
  const used = told.filter(({ consumers }) => consumers.length > 0)
  const isAll = told.length === hosts.length
  if (used.length === 0) {
    const isSure = isAll && told.every(({ partial }) => !partial)
    return (
      <p className="text-12 text-muted">
        {isSure
          ? 'Nobody uses it there now.'
          : `Nobody was found on the ${told.length} of ${hosts.length} hosts that told.`}
      </p>
    )
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
