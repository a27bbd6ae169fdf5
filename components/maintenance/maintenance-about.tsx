'use client'

import { useQuery } from '@tanstack/react-query'
import { CalendarClock } from 'lucide-react'
import { useState } from 'react'
import { usePollInterval } from '@/components/data/live'
import { useMay } from '@/components/layout/person'
import { MaintenanceLines, PlanMaintenance } from '@/components/maintenance/maintenance-lines'
import { maintenanceOf } from '@/components/maintenance/maintenance-queries'
import { Button } from '@/components/ui/button'
import { Note, Panel } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import { isMaintained } from '@/lib/maintenance/maintained'
import type { MaintenanceView } from '@/lib/maintenance/schema'

function useWindows(id: string, isAsked: boolean) {
  return useQuery({ ...maintenanceOf(id), enabled: isAsked, refetchInterval: usePollInterval() }).data?.data
}

/** That somebody works on it now; nothing while nobody does. */
export function MaintenanceNote({ noun, id }: { noun: string; id: string }) {
  const windows = useWindows(id, isMaintained(noun)) ?? []
  const active = windows.find(({ state }) => state === 'active')
  if (!active) return null
  return (
    <Note title={`In maintenance: ${active.reason}`} className="mb-5">
      By {active.by}; it ends <RelativeTime at={active.active_until} />. Nobody is told meanwhile of what is wrong here.
    </Note>
  )
}

function Windows({ subject }: { subject: MaintenanceView['subjects'][number] }) {
  const [isPlanning, setPlanning] = useState(false)
  const mayWrite = useMay('attention.write')
  const windows = useWindows(subject.id, true)
  if (!windows || (windows.length === 0 && !mayWrite)) return null
  return (
    <Panel
      title="Maintenance"
      flush
      action={
        mayWrite && (
          <Button size="sm" icon={CalendarClock} onClick={() => setPlanning(true)}>
            Plan
          </Button>
        )
      }
    >
      {windows.length === 0 ? (
        <p className="px-4 py-3 text-13 text-muted">Nothing is planned.</p>
      ) : (
        <MaintenanceLines windows={windows} />
      )}
      {isPlanning && <PlanMaintenance subjects={[subject]} onClose={() => setPlanning(false)} />}
    </Panel>
  )
}

/** What is planned for one host, backend or pool; nothing for other nouns. */
export function MaintenanceAbout({ noun, id, name }: { noun: string; id: string; name: string }) {
  return isMaintained(noun) ? <Windows subject={{ kind: noun, id, name }} /> : null
}
