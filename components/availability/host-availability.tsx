'use client'

import { queryOptions, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { percentWords, timeWords } from '@/components/availability/availability-words'
import { COUNTED_MS, HealthFigures, HealthLine, SHOWN_LINES } from '@/components/availability/health-line'
import { usePollInterval } from '@/components/data/live'
import { requestOne } from '@/components/data/request'
import { LearnMore } from '@/components/help/learn-more'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/feedback'
import type { HostAvailability as Availability } from '@/lib/availability/schema'

const hostAvailability = (id: string) =>
  queryOptions({
    queryKey: ['host', 'one', id, 'availability'],
    queryFn: ({ signal }) => requestOne<Availability>(`/api/v1/hosts/${id}/availability`, { signal }),
  })

/** For how long the storages of a host could be used there, each against its own objective; what does worst first. */
export function HostAvailability({ id }: { id: string }) {
  const { data } = useQuery({ ...hostAvailability(id), refetchInterval: usePollInterval() || COUNTED_MS })
  const [isWhole, setWhole] = useState(false)
  if (!data || data.backends.length === 0) return null
  const { backends, window_days: days, failing_seconds: failing, outages } = data
  const shown = isWhole ? backends : backends.slice(0, SHOWN_LINES)
  const now = (state: Availability['backends'][number]['state']) =>
    backends.filter((backend) => backend.state === state).length
  return (
    <Panel title={`Availability of its storages over ${days} days`} flush>
      <HealthFigures
        figures={[
          ['Availability', percentWords(data.availability_percent)],
          ['Could not be used', failing === 0 ? 'Never' : `${timeWords(failing)} in sum`],
          ['Outages', outages === 0 ? 'None' : outages],
          ['Reachable now', `${now('well')} of ${now('well') + now('failing')}`],
        ]}
      />
      <ul aria-label="Availability by storage" className="divide-y divide-line">
        {shown.map((health) => (
          <HealthLine
            key={health.backend.id}
            href={`/backends/${health.backend.id}`}
            name={health.backend.name}
            health={health}
            objective={health.objective_percent}
            days={days}
          />
        ))}
      </ul>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-4 py-2.5 text-12 text-muted">
        {shown.length < backends.length && (
          <Button size="sm" variant="ghost" onClick={() => setWhole(true)}>
            Show all {backends.length} storages
          </Button>
        )}
        <LearnMore href="/help/monitoring#availability" about="availability" />
      </p>
    </Panel>
  )
}
