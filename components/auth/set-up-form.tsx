'use client'

import { zodResolver } from '@hookform/resolvers/zod'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { z } from 'zod'
import { signIn } from '@/components/auth/auth-requests'
import { useLinkToken } from '@/components/auth/link-token'
import { ProblemNote } from '@/components/data/problem-note'
import { request } from '@/components/data/request'
import { askForEmpty } from '@/components/forms/ask-for-empty'
import { tellFields } from '@/components/forms/tell-fields'
import { Button } from '@/components/ui/button'
import { Note } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { Password, Username } from '@/lib/users/schema'

const SetUpForm = z.object({ username: Username, password: Password })
type SetUpValues = z.input<typeof SetUpForm>
const EMPTY = { username: 'Enter a username.', password: 'Enter a password.' }

/** The token of a setup link is in the fragment, so it reaches no log; it goes only into the request that uses it, and not into the history. */
export function SetUp() {
  const token = useLinkToken()
  const [failure, setFailure] = useState<unknown>(null)
  const { register, handleSubmit, formState, setError } = useForm<SetUpValues>({
    resolver: askForEmpty<SetUpValues>(zodResolver(SetUpForm), EMPTY),
    mode: 'onTouched',
    defaultValues: { username: 'admin', password: '' },
  })
  const submit = handleSubmit(async (values) => {
    setFailure(null)
    try {
      await request('/api/v1/setup', { method: 'POST', body: { ...values, token } })
      await signIn(values.username, values.password)
      window.location.assign('/')
    } catch (error) {
      tellFields(error, values, setError)
      setFailure(error)
    }
  })
  if (token === '') {
    return (
      <Note kind="warning" title="This link is not complete">
        Open the whole link that Holdfast printed when it started. Start it again to get a new one.
      </Note>
    )
  }
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
      <Field label="Username" error={formState.errors.username?.message}>
        {(control) => (
          <Input {...control} {...register('username')} autoComplete="username" autoCapitalize="none" autoFocus />
        )}
      </Field>
      <Field
        label="Password"
        help="At least 10 characters. There is no default and no recovery by mail."
        error={formState.errors.password?.message}
      >
        {(control) => <Input {...control} {...register('password')} type="password" autoComplete="new-password" />}
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
        Make the administrator
      </Button>
    </form>
  )
}
