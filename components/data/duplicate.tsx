'use client'

import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { Field, Input } from '@/components/ui/field'

/** A copy of a backend or a mount under another name. */
export function Duplicate({
  noun,
  name,
  url,
  suggestion,
  note,
  onClose,
  onMade,
}: {
  noun: 'backend' | 'mount'
  name: string
  /** Of the thing that is copied. */
  url: string
  suggestion: string
  note: string
  onClose: () => void
  onMade: (id: string) => void
}) {
  const [chosen, setChosen] = useState(suggestion)
  const copy = useAction<string, { id: string; name: string }>({
    run: (wanted) => requestOne(`${url}/duplicate`, { method: 'POST', body: { name: wanted } }),
    topics: [noun, 'operation'],
    done: (made) => `Made ${made.name}`,
    quiet: true,
    onSuccess: (made) => onMade(made.id),
  })
  const wrong = copy.isError ? problemOf(copy.error).fields?.find(({ field }) => field === 'name')?.message : undefined
  return (
    <FormDialog
      title={`Duplicate ${name}`}
      description={note}
      submit={{ label: 'Duplicate', pending: copy.isPending }}
      onSubmit={() => copy.mutate(chosen)}
      onClose={onClose}
    >
      <Field label="Name of the copy" error={wrong}>
        {(attributes) => <Input {...attributes} value={chosen} onChange={(event) => setChosen(event.target.value)} />}
      </Field>
      {copy.isError && wrong === undefined && <ProblemNote error={copy.error} />}
    </FormDialog>
  )
}
