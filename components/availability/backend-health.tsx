'use client'

import { queryOptions, useQuery } from '@tanstack/react-query'
import { Target } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import { budgetWords, healthStatus, outageWords, percentWords } from '@/components/availability/availability-words'
import { usePollInterval } from '@/components/data/live'
import { requestOne } from '@/components/data/request'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/feedback'
import { SinceTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { BackendHealth as Health, HostHealth } from '@/lib/availability/schema'
import type { BackendView } from '@/lib/backends/schema'
import { formatDuration } from '@/lib/units'

const EditObjective = dynamic(
  () => import('@/components/availability/edit-objective').then((module) => module.EditObjective),
  { ssr: false },
)

/** So many hosts are shown at first: those that do worst. */
const SHOWN = 10
/** Time alone changes it. */
const COUNTED_MS = 60_000

const backendHealth = (id: string) =>
  queryOptions({
    queryKey: ['backend', 'one', id, 'health'],
    queryFn: ({ signal }) => requestOne<Health>(`/api/v1/storage/backends/${id}/health`, { signal }),
  })

function HostLine({ health, objective, days }: { health: HostHealth; objective: number; days: number }) {
  const { host, since, message, latency_ms: latency, outages } = health
  const words = [
    outageWords(outages),
    budgetWords(health, { objective, days, hosts: 1 }),
    ...(latency === null
      ? []
      : [`answers in ${formatDuration(latency.mean)}, at most ${formatDuration(latency.most)}`]),
  ]
  return (
    <li className="px-4 py-2.5 text-13">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5">
        <span className="flex min-w-0 flex-wrap items-baseline gap-x-3">
          <Link href={`/hosts/${host.id}`} prefetch={false} className="min-w-0 break-all font-medium hover:underline">
            {host.name}
          </Link>
          <Status {...healthStatus(health)} className="text-12" />
          {since && <SinceTime at={since} className="text-12 text-muted" />}
        </span>
        <span className="tabular">{percentWords(health.availability_percent)}</span>
      </div>
      <p className="mt-0.5 text-12 text-muted">{words.join(' · ')}</p>
      {message && <p className="mt-0.5 break-words text-12">{message}</p>}
    </li>
  )
}

/** For how long it could be used on its hosts, and what is left of what the objective lets it fail. */
export function BackendHealth({ backend: { id, name } }: { backend: Pick<BackendView, 'id' | 'name'> }) {
  const { data } = useQuery({ ...backendHealth(id), refetchInterval: usePollInterval() || COUNTED_MS })
  const [isWhole, setWhole] = useState(false)
  const [isSetting, setSetting] = useState(false)
  const mayWrite = useMay('attention.write')
  if (!data || data.hosts.length === 0) return null
  const { hosts, objective_percent: objective, window_days: days } = data
  const shown = isWhole ? hosts : hosts.slice(0, SHOWN)
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
      <dl className="grid grid-cols-2 gap-x-6 gap-y-4 border-b border-line p-4 text-13 md:grid-cols-4">
        {figures.map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="mb-1 text-12 text-muted">{name}</dt>
            <dd className="tabular break-words">{value}</dd>
          </div>
        ))}
      </dl>
      <ul aria-label="Availability by host" className="divide-y divide-line">
        {shown.map((health) => (
          <HostLine key={health.host.id} health={health} objective={objective} days={days} />
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
