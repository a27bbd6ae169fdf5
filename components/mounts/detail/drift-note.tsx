'use client'

import { Shuffle } from 'lucide-react'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'
import { ADVICE_ON_OTHERS } from '@/lib/mounts/state'

const AFTERWARDS: Record<MountView['on_drift'], string> = {
  report: 'It stays like this until you decide.',
  repair: 'Holdfast puts it back.',
  adopt: 'Holdfast takes it over as what is wanted on this host.',
}

/** What somebody has changed about the mount on this host, and what can be done about it. */
export function DriftNote({
  mount,
  entry,
  onRepair,
  onTakeOver,
}: {
  mount: MountView
  entry: MountOnHostView
  onRepair: () => void
  onTakeOver: () => void
}) {
  const canWrite = useMay('mounts.write')
  const { drift } = entry
  if (drift === null) return null
  const isCovered = drift.kind === 'covered'
  return (
    <div className="mt-2 rounded-md border border-line bg-drift-soft px-3 py-2 text-13">
      <p className="flex items-start gap-2 break-words">
        <Shuffle aria-hidden className="mt-0.5 size-4 shrink-0 text-drift" />
        <span>
          <span className="font-medium">Changed on the host.</span> {/* What a host finds in the way it names. */}
          {isCovered ? (entry.error ?? drift.message) : drift.message}
        </span>
      </p>
      <p className="mt-1 ml-6 text-muted">
        {drift.given_up
          ? `It was put back ${drift.repairs} times and changed again each time, so Holdfast has stopped. Find out who changes it, then put it back.`
          : isCovered
            ? ADVICE_ON_OTHERS
            : AFTERWARDS[mount.on_drift]}
        {!drift.given_up &&
          drift.repairs > 0 &&
          ` Put back ${drift.repairs === 1 ? 'once' : `${drift.repairs} times`} lately.`}
      </p>
      {canWrite && !isCovered && (
        <span className="mt-2 ml-6 flex flex-wrap gap-1.5">
          <Button size="sm" onClick={onRepair}>
            {drift.kind === 'mounted' ? 'Unmount it again' : 'Put it back'}
          </Button>
          {drift.adoptable && (
            <Button size="sm" onClick={onTakeOver}>
              {drift.kind === 'unmounted' ? 'Leave it unmounted here' : 'Take it over'}
            </Button>
          )}
        </span>
      )}
    </div>
  )
}
