'use client'

import { useRouter } from 'next/navigation'
import { ApplyProgress, useOperations } from '@/components/plans/apply-progress'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'

/** How a change that was made goes on its hosts; it may be left at any time. */
export function ProgressDialog({
  title,
  ids,
  doing,
  onClose,
}: {
  title: string
  ids: string[]
  /** What is under way, as in "Mounting". */
  doing: string
  onClose: () => void
}) {
  const router = useRouter()
  const { operations, isOver } = useOperations(ids)
  const [only, another] = ids
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      footer={
        <>
          {only && !another && <Button onClick={() => router.push(`/operations/${only}`)}>Show the log</Button>}
          <Button variant={isOver ? 'primary' : 'secondary'} onClick={onClose}>
            {isOver ? 'Close' : 'Leave it running'}
          </Button>
        </>
      }
    >
      <ApplyProgress operations={operations} doing={doing} />
    </Dialog>
  )
}
