'use client'

import { useQuery } from '@tanstack/react-query'
import { CalendarClock } from 'lucide-react'
import { useState } from 'react'
import { usePollInterval } from '@/components/data/live'
import { ProblemNote } from '@/components/data/problem-note'
import { useMay } from '@/components/layout/person'
import { MaintenanceLines, PlanMaintenance } from '@/components/maintenance/maintenance-lines'
import { maintenanceList } from '@/components/maintenance/maintenance-queries'
import { Button } from '@/components/ui/button'
import { EmptyState, Panel, Skeleton } from '@/components/ui/feedback'

/** When something is worked on, and nobody is to be told. */
export function MaintenanceTab() {
  const [isPlanning, setPlanning] = useState(false)
  const mayWrite = useMay('attention.write')
  const { data, error } = useQuery({ ...maintenanceList(), refetchInterval: usePollInterval() })
  const plan = mayWrite && (
    <Button variant="primary" icon={CalendarClock} onClick={() => setPlanning(true)}>
      Plan maintenance
    </Button>
  )
  if (!data) return error ? <ProblemNote error={error} /> : <Skeleton className="h-32 w-full" />
  return (
    <>
      {data.data.length === 0 ? (
        <EmptyState icon={CalendarClock} title="No maintenance is planned" action={plan}>
          While somebody works on a host, a backend or a pool, what is wrong there needs nobody else.
        </EmptyState>
      ) : (
        <Panel title="Maintenance" action={plan} flush>
          <MaintenanceLines windows={data.data} />
        </Panel>
      )}
      {isPlanning && <PlanMaintenance onClose={() => setPlanning(false)} />}
    </>
  )
}
