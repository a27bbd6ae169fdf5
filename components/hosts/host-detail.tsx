'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Gone, isGone } from '@/components/data/gone'
import { usePollInterval } from '@/components/data/live'
import { backendList, hostOne, mountsOf, operationsOnHost } from '@/components/data/queries'
import { ConnectionsHere, connectionsHere } from '@/components/hosts/connections-here'
import { ExistingMounts } from '@/components/hosts/existing-mounts'
import { HostActions, type HostDialog, HostDialogs } from '@/components/hosts/host-actions'
import { HostOverview } from '@/components/hosts/host-overview'
import { HostSettings } from '@/components/hosts/host-settings'
import { HostWarnings } from '@/components/hosts/host-warnings'
import { MountsHere } from '@/components/hosts/mounts-here'
import { DetailPage } from '@/components/layout/detail-page'
import { OperationHistory } from '@/components/operations/operation-list'
import { ComingTab } from '@/components/ui/coming-tab'
import { RelativeTime } from '@/components/ui/relative-time'
import { Badge, StatusBadge } from '@/components/ui/status'
import { WorkloadsHere } from '@/components/workloads/workloads-using'
import type { HostView } from '@/lib/hosts/schema'
import { hostStatus } from '@/lib/hosts/words'

const HostEvents = dynamic(
  () => import('@/components/mounts/detail/mount-events').then((module) => module.HostEvents),
  { loading: ComingTab },
)

const LIST = { label: 'Hosts', href: '/hosts' }

function Standing({ host }: { host: HostView }) {
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <span className="break-all font-mono text-12">{host.address}</span>
      <span>
        as of <RelativeTime at={host.observed_at} />
      </span>
      {host.is_local && <Badge>this machine</Badge>}
      {Object.entries(host.labels).map(([key, value]) => (
        <Badge key={key} mono>
          {value === '' ? key : `${key}=${value}`}
        </Badge>
      ))}
    </span>
  )
}

export function HostDetail({ id }: { id: string }) {
  const poll = usePollInterval()
  const { data: host, error } = useQuery({ ...hostOne(id), refetchInterval: poll })
  const { data: mounts } = useQuery({ ...mountsOf({ host_id: id }), refetchInterval: poll })
  const { data: operations } = useQuery({ ...operationsOnHost(id), refetchInterval: poll })
  const { data: backends } = useQuery(backendList())
  const [dialog, setDialog] = useState<HostDialog | null>(null)
  if (isGone(error)) return <Gone noun="host" list={LIST.label} href={LIST.href} />
  if (!host) return null
  const here = mounts?.data ?? []
  const connections = connectionsHere(id, backends?.data ?? [])
  const types = new Set([
    ...here.map((mount) => mount.backend.type),
    ...connections.map(({ backend }) => backend.driver),
  ])
  return (
    <DetailPage
      id={id}
      noun="host"
      list={LIST}
      name={host.name}
      status={<StatusBadge {...hostStatus(host)} />}
      subtitle={<Standing host={host} />}
      actions={<HostActions host={host} onOpen={setDialog} />}
      notes={<HostWarnings host={host} types={types} />}
      overview={<HostOverview host={host} mounts={here} connections={connections} />}
      uses={[
        {
          id: 'mounts',
          label: 'Storage',
          count: here.length + connections.length,
          content: (
            <div className="space-y-5">
              <MountsHere hostId={id} mounts={here} />
              <ConnectionsHere connections={connections} />
              <ExistingMounts host={host} />
            </div>
          ),
        },
        { id: 'workloads', label: 'Workloads', content: <WorkloadsHere host={host} /> },
      ]}
      history={
        <div className="space-y-5">
          <HostEvents hostId={id} />
          <OperationHistory operations={operations?.data} />
        </div>
      }
      settings={<HostSettings host={host} onOpen={setDialog} />}
      raw={{ path: `/api/v1/hosts/${id}`, value: host }}
    >
      {dialog && <HostDialogs host={host} dialog={dialog} onClose={() => setDialog(null)} />}
    </DetailPage>
  )
}
