'use client'

import { useQuery } from '@tanstack/react-query'
import { usePollInterval } from '@/components/data/live'
import { useMay } from '@/components/layout/person'
import { Panel } from '@/components/ui/feedback'
import { RowLink } from '@/components/ui/row-link'
import { Status } from '@/components/ui/status'
import { machinesOn } from '@/components/workloads/workload-queries'
import type { VolumeView } from '@/lib/volumes/schema'
import { wordOfWorkload } from '@/lib/workloads/words'

/** More are found in the list of all. */
const SHOWN = 6

/** Virtual machines that could be given a volume; each leads to where that is planned. Nothing where there are none. */
export function MachinesFor({ volume, hostIds }: { volume: VolumeView; hostIds: readonly string[] }) {
  const mayAttach = useMay('workloads.write')
  const { data } = useQuery({ ...machinesOn(hostIds), enabled: mayAttach, refetchInterval: usePollInterval() })
  const machines = (data?.data ?? []).filter(({ uses }) => !uses.some(({ id }) => id === volume.id))
  if (!mayAttach || machines.length === 0) return null
  return (
    <Panel title="Give it to a virtual machine" flush>
      <ul className="divide-y divide-line">
        {machines.slice(0, SHOWN).map((machine) => (
          <li
            key={machine.id}
            className="relative flex flex-wrap items-center gap-x-3 gap-y-0.5 px-4 py-2 text-13 hover:bg-hover"
          >
            <RowLink
              href={`/workloads/${machine.id}?attach=${volume.id}`}
              className="min-w-0 flex-1 truncate font-medium"
              title={machine.name}
            >
              {machine.name}
            </RowLink>
            <span className="text-muted">on {machine.host.name}</span>
            <Status {...wordOfWorkload(machine)} title={machine.problem ?? undefined} className="w-24" />
          </li>
        ))}
      </ul>
      {machines.length > SHOWN && (
        <p className="border-t border-line px-4 py-2 text-12 text-muted">
          And {machines.length - SHOWN} more, under Workloads.
        </p>
      )}
    </Panel>
  )
}
