'use client'

import { queryOptions, useQuery } from '@tanstack/react-query'
import { Target } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { budgetWords, percentWords } from '@/components/availability/availability-words'
import { COUNTED_MS, HealthFigures, HealthLine, SHOWN_LINES } from '@/components/availability/health-line'
import { usePollInterval } from '@/components/data/live'
import { requestOne } from '@/components/data/request'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/feedback'
import type { BackendHealth as Health } from '@/lib/availability/schema'
import type { BackendView } from '@/lib/backends/schema'

const EditObjective = dynamic(
  () => import('@/components/availability/edit-objective').then((module) => module.EditObjective),
  { ssr: false },
)

const backendHealth = (id: string) =>
  queryOptions({
    queryKey: ['backend', 'one', id, 'health'],
    queryFn: ({ signal }) => requestOne<Health>(`/api/v1/storage/backends/${id}/health`, { signal }),
  })

/** For how long it could be used on its hosts, and what is left of what the objective lets it fail. */
export function BackendHealth({ backend: { id, name } }: { backend: Pick<BackendView, 'id' | 'name'> }) {
  const { data } = useQuery({ ...backendHealth(id), refetchInterval: usePollInterval() || COUNTED_MS })
  const [isWhole, setWhole] = useState(false)
  const [isSetting, setSetting] = useState(false)
  const mayWrite = useMay('attention.write')
  if (!data || data.hosts.length === 0) return null
  const { hosts, objective_percent: objective, window_days: days } = data
  const shown = isWhole ? hosts : hosts.slice(0, SHOWN_LINES)
  const figures = [
    ['Availability', percentWords(data.availability_percent)],
    ['Objective', `${objective} %`],
    ['Error budget', budgetWords(data, { objective, days, hosts: hosts.length })],
    ['Outages', data.outages === 0 ? 'None' : data.outages],
  ] as const
  return (
    <Panel
      title={`Availability over ${days} days`}
      flush
      action={
        mayWrite && (
          <Button size="sm" icon={Target} onClick={() => setSetting(true)}>
            Objective
          </Button>
        )
      }
    >
      <HealthFigures figures={figures} />
      <ul aria-label="Availability by host" className="divide-y divide-line">
        {shown.map((health) => (
          <HealthLine
            key={health.host.id}
            href={`/hosts/${health.host.id}`}
            name={health.host.name}
            health={health}
            objective={objective}
            days={days}
          />
        ))}
      </ul>
      {shown.length < hosts.length && (
        <p className="border-t border-line px-4 py-2.5">
          <Button size="sm" variant="ghost" onClick={() => setWhole(true)}>
            Show all {hosts.length} hosts
          </Button>
        </p>
      )}
      {isSetting && <EditObjective id={id} name={name} objective={objective} onClose={() => setSetting(false)} />}
    </Panel>
  )
}
