'use client'

import { useQuery } from '@tanstack/react-query'
import { usePollInterval } from '@/components/data/live'
import { volumeSchedule } from '@/components/data/queries'
import { useMay } from '@/components/layout/person'
import { SchedulePanel } from '@/components/snapshots/schedule-panel'
import { Note, Skeleton } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import type { VolumeRow } from '@/lib/volumes/schema'

/** The schedule that holds for a volume: its own, or that of its pool. */
export function VolumeSchedule({ volume }: { volume: VolumeRow }) {
  const canWrite = useMay('volumes.write')
  const poll = usePollInterval()
  const { data } = useQuery({ ...volumeSchedule(volume.id), refetchInterval: poll })
  if (!data) return <Skeleton className="h-28 w-full" />
  const { from, schedule, refuses, failures, error } = data
  const note = failures > 0 && (
    <Note kind="warning" title="The last try failed" className="mt-3">
      {error}
    </Note>
  )
  return (
    <SchedulePanel
      schedule={refuses === null ? schedule : null}
      own={from === 'volume' ? schedule : null}
      facts={[
        ['Set for', from === 'pool' ? `all volumes of ${volume.pool_name}` : 'this volume'],
        ...(data.next_run_at ? ([['Next', <RelativeTime key="next" at={data.next_run_at} />]] as const) : []),
        ['Last', <RelativeTime key="last" at={data.last_run_at} />],
      ]}
      empty={refuses ?? 'No snapshots are taken by themselves.'}
      note={note}
      canWrite={canWrite && refuses === null}
      dialog={{
        title: `Snapshots of ${volume.name}`,
        description:
          data.pool_schedule === null
            ? 'Taken and deleted by themselves.'
            : `Taken and deleted by themselves, instead of what pool ${volume.pool_name} says.`,
      }}
      path={`/api/v1/volumes/${volume.id}/snapshot-schedule`}
      topics={['volume']}
    />
  )
}
