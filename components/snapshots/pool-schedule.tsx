'use client'

import { useQuery } from '@tanstack/react-query'
import { usePollInterval } from '@/components/data/live'
import { poolSchedule } from '@/components/data/queries'
import { useMay } from '@/components/layout/person'
import { SchedulePanel } from '@/components/snapshots/schedule-panel'
import { Skeleton } from '@/components/ui/feedback'
import { RelativeTime } from '@/components/ui/relative-time'
import type { PoolView } from '@/lib/pools/schema'

/** The schedule for volumes of a pool that have none of their own. */
export function PoolSchedule({ pool }: { pool: PoolView }) {
  const canWrite = useMay('pools.write')
  const poll = usePollInterval()
  const { data } = useQuery({ ...poolSchedule(pool.id), refetchInterval: poll })
  if (!data) return <Skeleton className="h-28 w-full" />
  const { schedule, own_count: own, failing_count: failing } = data
  return (
    <SchedulePanel
      schedule={schedule}
      own={schedule}
      facts={[
        ['Holds for', `${data.volume_count} ${data.volume_count === 1 ? 'volume' : 'volumes'}`],
        ...(own > 0 ? ([['With their own', String(own)]] as const) : []),
        ...(failing > 0 ? ([['Failing', String(failing)]] as const) : []),
        ...(data.next_run_at ? ([['Next', <RelativeTime key="next" at={data.next_run_at} />]] as const) : []),
      ]}
      empty="No snapshots are taken by themselves, except of volumes with a schedule of their own."
      canWrite={canWrite && pool.phase !== 'DELETING'}
      dialog={{
        title: `Snapshots in ${pool.name}`,
        description: 'Taken and deleted by themselves, of all its volumes that have no schedule of their own.',
      }}
      path={`/api/v1/storage/pools/${pool.id}/snapshot-schedule`}
      topics={['pool', 'volume']}
    />
  )
}
