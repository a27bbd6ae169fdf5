'use client'

import { queryOptions, useQuery } from '@tanstack/react-query'
import { type Listed, request, requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import type { ConsoleView } from '@/lib/consoles/schema'

/** How often it is looked who has a screen open: nothing tells of it. Milliseconds. */
const LOOK_MS = 5_000

export const openOn = (hostId: string, machine: string) =>
  queryOptions({
    queryKey: ['console', 'list', hostId, machine],
    queryFn: ({ signal }) =>
      request<Listed<ConsoleView>>(`/api/v1/consoles?${new URLSearchParams({ host_id: hostId, machine })}`, { signal }),
    refetchInterval: LOOK_MS,
  })

/** Who looks at the screen of a machine now; nothing where nobody does. */
export function OpenScreens({ hostId, machine }: { hostId: string; machine: string }) {
  const mayOpen = useMay('consoles.open')
  const { data: open } = useQuery({ ...openOn(hostId, machine), enabled: mayOpen })
  if (!open || open.data.length === 0) return null
  return (
    <Panel title="Who has a console of it open" flush>
      <ul className="divide-y divide-line">
        {open.data.map((console) => (
          <OpenScreen key={console.id} console={console} />
        ))}
      </ul>
    </Panel>
  )
}

function OpenScreen({ console }: { console: ConsoleView }) {
  const isAdmin = useMay('consoles.admin')
  const { mutate: end, isPending } = useAction({
    run: (id: string) => requestOne(`/api/v1/consoles/${id}`, { method: 'DELETE' }),
    done: () => 'It is being closed',
    topics: ['console'],
  })
  const who = console.is_own ? 'You' : console.actor.name
  return (
    <li className="flex items-center justify-between gap-3 px-4 py-2 text-13">
      <span className="min-w-0 truncate">
        {who}{' '}
        <span className="text-muted">
          since <RelativeTime at={console.opened_at} />
          {console.kind === 'serial' ? ', serial console' : ', screen'}
          {console.is_view_only && ', looking only'}
          {!console.is_view_only && !console.types && ', watching'}
        </span>
      </span>
      {(console.is_own || isAdmin) && (
        <Button
          size="sm"
          pending={isPending}
          aria-label={`Close the ${console.kind === 'serial' ? 'serial console' : 'screen'} of ${who}`}
          onClick={() => end(console.id)}
        >
          Close
        </Button>
      )}
    </li>
  )
}
