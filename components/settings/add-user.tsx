'use client'

import { zodResolver } from '@hookform/resolvers/zod'
import { Controller, useForm } from 'react-hook-form'
import type { z } from 'zod'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { FormDialog } from '@/components/forms/form-dialog'
import { tellFields } from '@/components/forms/tell-fields'
import { RoleField } from '@/components/settings/role-field'
import { Field, Input } from '@/components/ui/field'
import { CreateUser, type UserView } from '@/lib/users/schema'

type NewUser = z.input<typeof CreateUser>

export function AddUser({ onClose }: { onClose: () => void }) {
  const { register, control, handleSubmit, formState, setError } = useForm<NewUser>({
    resolver: zodResolver(CreateUser),
    mode: 'onTouched',
    defaultValues: { username: '', password: '', role: 'operator' },
  })
  const create = useAction<NewUser, UserView>({
    run: (body) => requestOne<UserView>('/api/v1/users', { method: 'POST', body }),
    topics: ['user'],
    done: (user) => `Made the user ${user.username}`,
    quiet: true,
    onSuccess: onClose,
  })
  const submit = handleSubmit(async (values) => {
    try {
      await create.mutateAsync(values)
    } catch (error) {
      tellFields(error, values, setError)
    }
  })
  return (
    <FormDialog
      title="New user"
      submit={{ label: 'Make user', pending: formState.isSubmitting }}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <Field label="Username" error={formState.errors.username?.message}>
        {(attributes) => <Input {...attributes} {...register('username')} autoComplete="off" />}
      </Field>
      <Field
        label="Password"
        help="At least 10 characters. Tell it on a safe way; it can be changed after signing in."
        error={formState.errors.password?.message}
      >
        {(attributes) => (
          <Input {...attributes} {...register('password')} type="password" autoComplete="new-password" />
        )}
      </Field>
      <Controller
        control={control}
        name="role"
        render={({ field }) => <RoleField value={field.value} onChange={field.onChange} />}
      />
      {create.isError && !problemOf(create.error).fields && <ProblemNote error={create.error} />}
    </FormDialog>
  )
}
