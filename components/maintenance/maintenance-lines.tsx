'use client'

import { Pencil, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { STATE_WORDS, subjectWords, timingWords } from '@/components/maintenance/maintenance-words'
import { Button, IconButton } from '@/components/ui/button'
import { AlertDialog } from '@/components/ui/dialog'
import { RelativeTime } from '@/components/ui/relative-time'
import { Status } from '@/components/ui/status'
import type { MaintenanceView } from '@/lib/maintenance/schema'

export const PlanMaintenance = dynamic(
  () => import('@/components/maintenance/plan-maintenance').then((module) => module.PlanMaintenance),
  { ssr: false },
)

const PLURALS = { host: 'hosts', backend: 'backends', pool: 'pools' } as const
/** So many are written out. */
const NAMED = 3

function Subjects({ window }: { window: MaintenanceView }) {
  if (window.subjects.length === 0 || window.subjects.length > NAMED) return subjectWords(window)
  return window.subjects.map(({ kind, id, name }, at) => (
    <span key={id}>
      {at > 0 && ', '}
      <Link href={`/${PLURALS[kind]}/${id}`} prefetch={false} className="hover:text-ink hover:underline">
        {name}
      </Link>
    </span>
  ))
}

/** The question before a window goes that is not over: what is wrong there is told then. */
function EndIt({ window, onClose }: { window: MaintenanceView; onClose: () => void }) {
  const remove = useAction<void, unknown>({
    run: () => request(`/api/v1/maintenance-windows/${window.id}`, { method: 'DELETE' }),
    topics: ['attention', 'alert'],
    done: () => 'Maintenance deleted',
    onSuccess: onClose,
  })
  return (
    <AlertDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete maintenance: ${window.reason}?`}
      description={
        window.state === 'active'
          ? 'It goes on now. What is still wrong there is told at once.'
          : 'What is wrong there is told as at any other time.'
      }
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="danger" pending={remove.isPending} onClick={() => remove.mutate()}>
            Delete
          </Button>
        </>
      }
    />
  )
}

function Line({ window }: { window: MaintenanceView }) {
  const [asking, setAsking] = useState<'change' | 'delete' | null>(null)
  const mayWrite = useMay('attention.write')
  const { state, reason, by, active_until: until, next_at: next, timing } = window
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-1 px-4 py-3 text-13">
      <Status {...STATE_WORDS[state]} className="w-24 shrink-0" />
      <div className="min-w-0 flex-1 basis-60">
        <p className="break-words font-medium">{reason}</p>
        <p className="break-words text-12 text-muted">
          <Subjects window={window} /> · {timingWords(timing)} · {by}
        </p>
      </div>
      <span className="min-w-24 text-12 text-muted">
        {until && (
          <>
            ends <RelativeTime at={until} />
          </>
        )}
        {until === null && next && (
          <>
            begins <RelativeTime at={next} />
          </>
        )}
        {state === 'over' && timing.repeat === 'once' && <RelativeTime at={timing.until} />}
      </span>
      {mayWrite && (
        <span className="-my-1 flex max-sm:ml-auto">
          {state !== 'over' && (
            <IconButton icon={Pencil} label={`Change ${reason}`} onClick={() => setAsking('change')} />
          )}
          <IconButton icon={Trash2} label={`Delete ${reason}`} onClick={() => setAsking('delete')} />
        </span>
      )}
      {asking === 'change' && <PlanMaintenance window={window} onClose={() => setAsking(null)} />}
      {asking === 'delete' && <EndIt window={window} onClose={() => setAsking(null)} />}
    </li>
  )
}

export function MaintenanceLines({ windows }: { windows: readonly MaintenanceView[] }) {
  return (
    <ul className="divide-y divide-line">
      {windows.map((window) => (
        <Line key={window.id} window={window} />
      ))}
    </ul>
  )
}
