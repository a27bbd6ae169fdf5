'use client'

import { useQuery } from '@tanstack/react-query'
import { ChartArea } from 'lucide-react'
import { useMay } from '@/components/layout/person'
import { CapacityHistory } from '@/components/monitoring/lazy-capacity-history'
import { monitoringOverview } from '@/components/monitoring/monitoring-queries'
import { CapacityMap } from '@/components/monitoring/overview/capacity-map'
import { FleetFigures } from '@/components/monitoring/overview/fleet-figures'
import { FillsFirst, GrowsFastest } from '@/components/monitoring/overview/trend-list'
import { Button, ButtonLink } from '@/components/ui/button'
import { EmptyState, Note, Panel, Skeleton } from '@/components/ui/feedback'

function NothingYet() {
  const canWrite = useMay('backends.write')
  return (
    <EmptyState
      icon={ChartArea}
      title="Nothing was measured since yesterday"
      action={
        <ButtonLink href={canWrite ? '/mounts/new' : '/backends'}>{canWrite ? 'New mount' : 'Backends'}</ButtonLink>
      }
    >
      A host that has a storage mounted or open measures it every five minutes. From then on it stands here how full it
      is, how fast it grows and when it will be full.
    </EmptyState>
  )
}

/** The capacity of all storages: how much, since when, until when, and where. */
export function MonitoringPage() {
  const { data, isError, refetch } = useQuery(monitoringOverview())
  if (data === undefined) {
    if (!isError) return <Skeleton className="h-60" />
    return (
      <Note
        kind="critical"
        title="The capacity could not be read."
        action={
          <Button size="sm" onClick={() => void refetch()}>
            Try again
          </Button>
        }
      />
    )
  }
  if (data.storage_count === 0) return <NothingYet />
  return (
    <div className="space-y-5">
      <FleetFigures overview={data} />
      <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <CapacityHistory noun="fleet" id="" name="all storages" />
        <Panel title="Full first" flush>
          <FillsFirst trends={data.fills_first} />
        </Panel>
        <Panel title="Where it is">
          <CapacityMap overview={data} />
        </Panel>
        <Panel title="Grows fastest" flush>
          <GrowsFastest trends={data.grows_fastest} />
        </Panel>
      </div>
    </div>
  )
}
