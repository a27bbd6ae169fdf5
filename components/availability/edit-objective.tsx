'use client'

import { useState } from 'react'
import { isSaidAtFields, ProblemNote, problemOf } from '@/components/data/problem-note'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { Field, Input } from '@/components/ui/field'

/** The objective of one backend; an empty field is as it is for all. */
export function EditObjective({
  id,
  name,
  objective,
  onClose,
}: {
  id: string
  name: string
  objective: number
  onClose: () => void
}) {
  const [text, setText] = useState(String(objective))
  const save = useAction<void, unknown>({
    run: () =>
      request(`/api/v1/alert-rules/availability/overrides/${id}`, {
        method: 'PUT',
        body: { warning: text.trim() === '' ? null : Number(text) },
      }),
    topics: ['backend', 'attention', 'alert'],
    quiet: true,
    done: () => 'Objective changed',
    onSuccess: onClose,
  })
  const refusal = save.isError ? problemOf(save.error).fields?.find(({ field }) => field === 'warning') : undefined
  return (
    <FormDialog
      title={`Objective of ${name}`}
      submit={{ label: 'Save', pending: save.isPending }}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <Field
        label="Percent of 30 days"
        help="What fails for longer, on all its hosts together, is an alert. Empty: as for all backends."
        error={refusal?.message}
      >
        {(control) => (
          <Input
            {...control}
            type="number"
            inputMode="decimal"
            step="any"
            className="tabular"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      {save.isError && !isSaidAtFields(save.error, ['warning']) && <ProblemNote error={save.error} />}
    </FormDialog>
  )
}
