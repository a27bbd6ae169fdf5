'use client'

import { zodResolver } from '@hookform/resolvers/zod'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import { useLinkToken } from '@/components/auth/link-token'
import { ProblemNote } from '@/components/data/problem-note'
import { request } from '@/components/data/request'
import { tellFields } from '@/components/forms/tell-fields'
import { Button } from '@/components/ui/button'
import { Note } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Password } from '@/lib/users/schema'

const Form = z
  .object({ password: Password, again: z.string() })
  .refine(({ password, again }) => password === again, { path: ['again'], message: 'The two are not the same.' })
type Values = z.input<typeof Form>

/** The token of the link is in the fragment, so it reaches no log; it goes only into the request that uses it, and not into the history. */
export function ResetPasswordForm() {
  const token = useLinkToken()
  const [failure, setFailure] = useState<unknown>(null)
  const { register, handleSubmit, formState, setError } = useForm<Values>({
    resolver: zodResolver(Form),
    mode: 'onTouched',
    defaultValues: { password: '', again: '' },
  })
  const submit = handleSubmit(async ({ password }) => {
    setFailure(null)
    try {
      await request('/api/v1/password-reset', { method: 'POST', body: { token, password } })
      window.location.assign('/sign-in?reason=password-set')
    } catch (error) {
      tellFields(error, { password, again: password }, setError)
      setFailure(error)
    }
  })
  if (token === '') {
    return (
      <Note kind="warning" title="This link is not complete">
        Open the whole link that an administrator gave you, or ask for a new one.
      </Note>
    )
  }
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
      <Field label="New password" help="At least 10 characters." error={formState.errors.password?.message}>
        {(control) => (
          <Input {...control} {...register('password')} type="password" autoComplete="new-password" autoFocus />
        )}
      </Field>
      <Field label="New password again" error={formState.errors.again?.message}>
        {(control) => <Input {...control} {...register('again')} type="password" autoComplete="new-password" />}
      </Field>
      {failure !== null && <ProblemNote error={failure} />}
      <Button
        type="submit"
        variant="primary"
        size="lg"
        pending={formState.isSubmitting}
        disabled={token === null}
        className="w-full"
      >
        Set the password
      </Button>
    </form>
  )
}
