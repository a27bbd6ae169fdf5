'use client'

import { useEffect } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { deliveryStatus } from '@/components/notifiers/notifier-words'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Dialog } from '@/components/ui/dialog'
import { Status } from '@/components/ui/status'
import type { DeliveryView, NotifierView } from '@/lib/notifiers/schema'

/** Sends a message when it opens, and shows what the receiver answers. */
export function TestNotifier({ notifier, onClose }: { notifier: NotifierView; onClose: () => void }) {
  const { id, name, target } = notifier
  const { mutate, data, error, isPending } = useAction<string, DeliveryView>({
    run: (of) => requestOne<DeliveryView>(`/api/v1/notifiers/${of}/test`, { method: 'POST' }),
    topics: ['notifier'],
    quiet: true,
  })
  useEffect(() => mutate(id), [mutate, id])
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Test ${name}`}
      description={`A message goes to ${target}, as those about alerts do.`}
      footer={
        <>
          <Button pending={isPending} onClick={() => mutate(id)}>
            Send another
          </Button>
          <Button variant="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <div role="status" className="space-y-3">
        {isPending && <Status tone="working" word="Sending" />}
        {!isPending && data && <Outcome delivery={data} />}
        {!isPending && error && <ProblemNote error={error} />}
      </div>
    </Dialog>
  )
}

function Outcome({ delivery }: { delivery: DeliveryView }) {
  const status = deliveryStatus(delivery)
  return (
    <>
      <Status {...status} />
      {delivery.answer !== null && <CodeBlock text={delivery.answer} label="Answer" />}
      {delivery.status === 'waiting' && (
        <p className="text-13 text-muted">
          No answer after 30 seconds. The message is in the list of messages, which shows what comes of it.
        </p>
      )}
    </>
  )
}
