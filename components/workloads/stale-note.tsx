import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Mono } from '@/components/ui/code-block'
import { Note } from '@/components/ui/feedback'
import { ConfirmPower } from '@/components/workloads/power-actions'
import type { WorkloadView } from '@/lib/workloads/schema'

/** What it was given when it started is not what is there now: a restart helps. */
export function StaleNote({ workload, mayRestart }: { workload: WorkloadView; mayRestart: boolean }) {
  const [isAsked, setAsked] = useState(false)
  const stale = workload.state === 'unknown' ? [] : workload.storage.filter((each) => each.stale)
  if (stale.length === 0) return null
  return (
    <Note
      kind="warning"
      title="Storage was mounted again after this container started"
      className="mb-5"
      action={
        mayRestart && (
          <Button size="sm" icon={RotateCcw} onClick={() => setAsked(true)}>
            Restart
          </Button>
        )
      }
    >
      It still has the mount that is gone, at{' '}
      {stale.map(({ target }, at) => (
        <span key={target}>
          {at > 0 && ', '}
          <Mono text={target} />
        </span>
      ))}
      . A restart gives it the one that is there now.
      {isAsked && <ConfirmPower machine={workload} action="reset" onClose={() => setAsked(false)} />}
    </Note>
  )
}
