'use client'

import { CalendarClock } from 'lucide-react'
import dynamic from 'next/dynamic'
import { type ReactNode, useState } from 'react'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { hasTimeZone, keepWords, ruleWords } from '@/components/snapshots/schedule-words'
import { Button } from '@/components/ui/button'
import { Facts, Panel } from '@/components/ui/feedback'
import type { ScheduleView } from '@/lib/snapshots/schema'

const EditSchedule = dynamic(
  () => import('@/components/snapshots/edit-schedule').then((module) => module.EditSchedule),
  { ssr: false },
)

/** In a sentence and its rules. */
function Words({ schedule, facts }: { schedule: ScheduleView; facts: readonly (readonly [string, ReactNode])[] }) {
  const { rule, time_zone, keep, enabled } = schedule
  return (
    <Facts
      items={[
        ['Taken', `${ruleWords(rule)}${hasTimeZone(rule) ? ` (${time_zone})` : ''}`],
        ['Kept', keepWords(keep)],
        ...(enabled ? [] : ([['State', 'Off: none are taken, and none deleted']] as const)),
        ...facts,
      ]}
    />
  )
}

/** When snapshots are taken by themselves, and the way to change that. */
export function SchedulePanel({
  schedule,
  own,
  facts,
  empty,
  note,
  canWrite,
  dialog,
  path,
  topics,
}: {
  /** The one that holds. */
  schedule: ScheduleView | null
  /** The one that is set here, which may be taken away; null: there is none, or it is set elsewhere. */
  own: ScheduleView | null
  facts: readonly (readonly [string, ReactNode])[]
  empty: string
  note?: ReactNode
  canWrite: boolean
  dialog: { title: string; description: string }
  path: string
  topics: readonly string[]
}) {
  const [isOpen, setOpen] = useState(false)
  const remove = useAction<void, unknown>({
    run: () => request(path, { method: 'DELETE' }),
    topics,
    done: () => 'The schedule is gone; what it took stays',
  })
  return (
    <Panel
      title="Snapshot schedule"
      action={
        canWrite && (
          <span className="flex items-center gap-2">
            {own && (
              <Button size="sm" pending={remove.isPending} onClick={() => remove.mutate()}>
                Remove
              </Button>
            )}
            <Button size="sm" icon={CalendarClock} onClick={() => setOpen(true)}>
              {own ? 'Change' : 'Set'}
            </Button>
          </span>
        )
      }
    >
      {schedule ? <Words schedule={schedule} facts={facts} /> : <p className="text-13 text-muted">{empty}</p>}
      {note}
      {isOpen && (
        <EditSchedule
          {...dialog}
          path={path}
          schedule={own ?? schedule}
          topics={topics}
          onClose={() => setOpen(false)}
        />
      )}
    </Panel>
  )
}
