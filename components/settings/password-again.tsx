'use client'

import { useState } from 'react'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { Field, Input } from '@/components/ui/field'
import type { PasswordAgain } from '@/lib/users/second-factor-schema'

/** Asks for the current password before something that only its owner may do. */
export function PasswordAgainDialog<Output>({
  title,
  description,
  label,
  run,
  topics,
  done,
  onSuccess,
  onClose,
}: {
  title: string
  description: string
  /** Of the button. */
  label: string
  run: (body: PasswordAgain) => Promise<Output>
  topics: readonly string[]
  done?: () => string
  onSuccess: (output: Output) => void
  onClose: () => void
}) {
  const [password, setPassword] = useState('')
  const action = useAction<PasswordAgain, Output>({ run, topics, quiet: true, onSuccess, ...(done ? { done } : {}) })
  const error = action.isError ? problemOf(action.error).fields?.[0]?.message : undefined
  return (
    <FormDialog
      title={title}
      description={description}
      submit={{ label, pending: action.isPending }}
      onSubmit={() => action.mutate({ current_password: password })}
      onClose={onClose}
    >
      <Field label="Current password" error={error}>
        {(attributes) => (
          <Input
            {...attributes}
            autoFocus
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      {action.isError && !error && <ProblemNote error={action.error} />}
    </FormDialog>
  )
}
