'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Ban } from 'lucide-react'
import Link from 'next/link'
import { useEffect } from 'react'
import { isRunning, operationOne } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { useMay } from '@/components/layout/person'
import { progressWords, shareOf } from '@/components/operations/job-words'
import { Button } from '@/components/ui/button'
import { ProgressBar } from '@/components/ui/progress'
import { StatusShape } from '@/components/ui/status'
import { doingWith } from '@/components/volumes/volume-words'
import type { OperationView } from '@/lib/operations/schema'
import type { VolumeOperation, VolumeView } from '@/lib/volumes/schema'

/** Work on a volume: how far it is, also for who comes later or reloads, since the volume itself names it. */
export function VolumeProgress({ volume, operation }: { volume: VolumeView; operation: VolumeOperation }) {
  const client = useQueryClient()
  const mayCancel = useMay('operations.write')
  const { data } = useQuery(operationOne(operation.id))
  const hasEnded = data !== undefined && !isRunning(data)
  // The volume is read again as soon as its work has ended, without waiting for the news of it.
  useEffect(() => {
    if (hasEnded) void client.invalidateQueries({ queryKey: ['volume'] })
  }, [client, hasEnded])
  const cancel = useAction<void, OperationView>({
    run: () => requestOne<OperationView>(`/api/v1/operations/${operation.id}/cancel`, { method: 'POST', body: {} }),
    topics: ['operation', 'volume'],
    done: () => 'It is being cancelled; nothing of it is left behind',
  })
  const progress = data?.hosts.find(({ job }) => job !== null)?.job?.progress ?? operation.progress
  const doing = data?.is_cancelling ? 'Being cancelled' : doingWith(volume)
  return (
    <section className="panel px-4 py-3 text-13" aria-label="Work under way">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <StatusShape tone="working" />
        <span role="status" className="font-medium">
          {doing}
        </span>
        <span className="tabular min-w-0 flex-1 text-12 text-muted max-sm:order-1 max-sm:basis-full">
          {progress === null ? 'It has begun.' : progressWords(progress)}
        </span>
        <Link
          href={`/operations/${operation.id}`}
          prefetch={false}
          className="text-12 text-muted underline hover:text-ink max-sm:ml-auto"
        >
          Log
        </Link>
        {mayCancel && data?.can_cancel && !data.is_cancelling && (
          <Button size="sm" icon={Ban} pending={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel
          </Button>
        )}
      </div>
      <ProgressBar
        label={`${doing}: ${volume.name}`}
        share={progress === null ? null : shareOf(progress)}
        className="mt-2"
      />
    </section>
  )
}
