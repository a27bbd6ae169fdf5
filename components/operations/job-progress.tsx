'use client'

import { progressWords, shareOf } from '@/components/operations/job-words'
import { ProgressBar } from '@/components/ui/progress'
import type { JobView } from '@/lib/operations/schema'

/** A job on a host while it runs. */
export function JobProgress({ job, hostName }: { job: JobView; hostName: string }) {
  const { progress, state } = job
  const words = progress === null ? 'It has begun.' : progressWords(progress)
  return (
    <div className="mt-2 space-y-1">
      <ProgressBar label={`Progress on ${hostName}`} share={progress === null ? null : shareOf(progress)} />
      <p className="tabular text-12 text-muted">
        {state === 'cancelling' && 'Being cancelled · '}
        {words}
      </p>
    </div>
  )
}
