'use client'

import { useState } from 'react'
import { useAction } from '@/components/data/use-action'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'

export interface QuietBody {
  note?: string
  until?: string
}

const HOUR_MS = 3_600_000

/** How long it is quiet: until something happens, or for so many hours. */
const UNTIL_NEWS = 'news'
const LENGTHS = [
  { value: UNTIL_NEWS, label: 'Until it gets worse, or is over' },
  { value: '1', label: 'Silent for an hour' },
  { value: '8', label: 'Silent for 8 hours' },
  { value: '24', label: 'Silent for a day' },
  { value: '168', label: 'Silent for 7 days' },
]

const HELP = {
  acknowledge: 'It leaves the count until it gets worse, or is gone for five minutes and comes back.',
  silence: 'It leaves the count until then, also if it gets worse, or is over and comes back.',
}

/** A person says for everybody that this is known, with a note for the others. `send` tells the API. */
export function AcknowledgeDialog({
  name,
  title,
  send,
  onClose,
}: {
  name: string
  title: string
  send: (body: QuietBody) => Promise<unknown>
  onClose: () => void
}) {
  const [note, setNote] = useState('')
  const [length, setLength] = useState(UNTIL_NEWS)
  const isSilence = length !== UNTIL_NEWS
  const action = useAction<QuietBody, unknown>({
    run: send,
    topics: ['attention', 'alert'],
    done: (_answer, { until }) => (until === undefined ? 'Acknowledged' : 'Silenced'),
    onSuccess: onClose,
  })
  const submit = () => {
    const text = note.trim()
    const until = isSilence ? { until: new Date(Date.now() + Number(length) * HOUR_MS).toISOString() } : {}
    action.mutate({ ...(text === '' ? {} : { note: text }), ...until })
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="sm"
      title={`Acknowledge ${name}`}
      description={title}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="acknowledge" pending={action.isPending}>
            {isSilence ? 'Silence' : 'Acknowledge'}
          </Button>
        </>
      }
    >
      <form
        id="acknowledge"
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field label="Note" optional help="Everybody can read it.">
          {(control) => (
            <Input {...control} value={note} maxLength={500} onChange={(event) => setNote(event.target.value)} />
          )}
        </Field>
        <Field label="How long" help={isSilence ? HELP.silence : HELP.acknowledge}>
          {(control) => <Select {...control} value={length} onChange={setLength} choices={LENGTHS} />}
        </Field>
      </form>
    </Dialog>
  )
}
