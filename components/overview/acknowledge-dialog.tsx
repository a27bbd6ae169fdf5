'use client'

import { useState } from 'react'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import type { CauseView } from '@/lib/attention/schema'

/** A person says for everybody that this is known, with a note for the others. */
export function AcknowledgeDialog({ cause, onClose }: { cause: CauseView; onClose: () => void }) {
  const [note, setNote] = useState('')
  const action = useAction<string, CauseView>({
    run: (text) =>
      requestOne(`/api/v1/attention/${encodeURIComponent(cause.id)}/acknowledgement`, {
        method: 'POST',
        body: text === '' ? {} : { note: text },
      }),
    topics: ['attention'],
    done: () => 'Acknowledged',
    onSuccess: onClose,
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="sm"
      title={`Acknowledge ${cause.subject.name}`}
      description={cause.title}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="acknowledge" pending={action.isPending}>
            Acknowledge
          </Button>
        </>
      }
    >
      <form
        id="acknowledge"
        onSubmit={(event) => {
          event.preventDefault()
          action.mutate(note.trim())
        }}
      >
        <Field
          label="Note"
          optional
          help="Everybody can read it. The problem moves to Acknowledged and leaves the count, until it gets worse, or is gone for five minutes and comes back."
        >
          {(control) => (
            <Input {...control} value={note} maxLength={500} onChange={(event) => setNote(event.target.value)} />
          )}
        </Field>
      </form>
    </Dialog>
  )
}
