'use client'

import { zodResolver } from '@hookform/resolvers/zod'
import { useState } from 'react'
import { Controller, useForm } from 'react-hook-form'
import type { z } from 'zod'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { tellFields } from '@/components/forms/tell-fields'
import { RoleField } from '@/components/settings/role-field'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Dialog } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import { CreateToken, type NewToken } from '@/lib/users/schema'

const LIFETIMES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'never', label: 'Never expires' },
]

type Values = z.input<typeof CreateToken>

/** What it is for and what it may; the token itself is shown once. */
export function MakeToken({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<NewToken | null>(null)
  const { register, control, handleSubmit, formState, setError } = useForm<Values>({
    resolver: zodResolver(CreateToken),
    mode: 'onTouched',
    defaultValues: { name: '', role: 'viewer', expires_in_days: 90 },
  })
  const create = useAction<Values, NewToken>({
    run: (body) => requestOne<NewToken>('/api/v1/tokens', { method: 'POST', body }),
    topics: ['token'],
    quiet: true,
    onSuccess: setMade,
  })
  const submit = handleSubmit(async (values) => {
    try {
      await create.mutateAsync(values)
    } catch (error) {
      tellFields(error, values, setError)
    }
  })
  if (made) {
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={`The token ${made.name}`}
        description="Copy it now. It is shown this once; only its hash is kept."
        footer={
          <Button variant="primary" onClick={onClose}>
            I have copied it
          </Button>
        }
      >
        <CodeBlock text={made.token} label="Token" />
        <p className="mt-3 mb-1 text-12 text-muted">Send it with every request:</p>
        <CodeBlock
          text={`curl -H 'Authorization: Bearer ${made.token}' ${window.location.origin}/api/v1/hosts`}
          label="Command"
        />
      </Dialog>
    )
  }
  return (
    <FormDialog
      title="New API token"
      submit={{ label: 'Make token', pending: formState.isSubmitting }}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Field
        label="Name"
        help="What it is for, such as the script that uses it."
        error={formState.errors.name?.message}
      >
        {(attributes) => <Input {...attributes} {...register('name')} placeholder="nightly report" />}
      </Field>
      <Controller
        control={control}
        name="role"
        render={({ field }) => <RoleField value={field.value} onChange={field.onChange} />}
      />
      <Controller
        control={control}
        name="expires_in_days"
        render={({ field }) => (
          <Field label="Expires">
            {(attributes) => (
              <Select
                {...attributes}
                value={field.value === null ? 'never' : String(field.value)}
                onChange={(value) => field.onChange(value === 'never' ? null : Number(value))}
                choices={LIFETIMES}
              />
            )}
          </Field>
        )}
      />
      {create.isError && !problemOf(create.error).fields && <ProblemNote error={create.error} />}
    </FormDialog>
  )
}
