'use client'

import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import type { z } from 'zod'
import { signOut } from '@/components/auth/auth-requests'
import { sessionList } from '@/components/data/account-queries'
import { ProblemNote, problemOf } from '@/components/data/problem-note'
import { request } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { tellFields } from '@/components/forms/tell-fields'
import { Button } from '@/components/ui/button'
import { Panel, Skeleton } from '@/components/ui/feedback'
import { Field, Input } from '@/components/ui/field'
import { RelativeTime } from '@/components/ui/relative-time'
import { Badge } from '@/components/ui/status'
import { ChangePassword } from '@/lib/users/schema'

type Values = z.input<typeof ChangePassword>

export function PasswordForm() {
  const { register, handleSubmit, formState, setError, reset } = useForm<Values>({
    resolver: zodResolver(ChangePassword),
    mode: 'onTouched',
    defaultValues: { current_password: '', new_password: '' },
  })
  const change = useAction<Values, unknown>({
    run: (body) => request('/api/v1/account/password', { method: 'POST', body }),
    topics: ['session'],
    done: () => 'The password is changed. Your other sessions have ended.',
    quiet: true,
    onSuccess: () => reset(),
  })
  const submit = handleSubmit(async (values) => {
    try {
      await change.mutateAsync(values)
    } catch (error) {
      tellFields(error, values, setError)
    }
  })
  const { errors } = formState
  return (
    <Panel title="Password">
      <form noValidate onSubmit={(event) => void submit(event)} className="max-w-sm space-y-4">
        <Field label="Current password" error={errors.current_password?.message}>
          {(control) => (
            <Input {...control} {...register('current_password')} type="password" autoComplete="current-password" />
          )}
        </Field>
        <Field label="New password" help="At least 10 characters." error={errors.new_password?.message}>
          {(control) => (
            <Input {...control} {...register('new_password')} type="password" autoComplete="new-password" />
          )}
        </Field>
        {change.isError && !problemOf(change.error).fields && <ProblemNote error={change.error} />}
        <Button type="submit" pending={formState.isSubmitting}>
          Change password
        </Button>
      </form>
    </Panel>
  )
}

/** `Firefox on Linux` out of a user agent; the whole text is in the title. */
function browserOf(userAgent: string | null): string {
  if (!userAgent) return 'Unknown browser'
  const browser = /(Edg|Firefox|Chrome|Safari|curl)/.exec(userAgent)?.[1] ?? 'Browser'
  const system = /(Windows|Android|iPhone|iPad|Mac OS|Linux)/.exec(userAgent)?.[1]
  return [browser.replace('Edg', 'Edge'), system].filter(Boolean).join(' on ')
}

export function Sessions() {
  const { data } = useQuery(sessionList())
  const end = useAction<string, void>({
    run: (id) => request(`/api/v1/sessions/${id}`, { method: 'DELETE' }),
    topics: ['session'],
    done: () => 'The session has ended',
  })
  return (
    <Panel title="Your sessions" flush>
      {!data && <Skeleton className="m-4 h-10" />}
      <ul className="divide-y divide-line">
        {data?.data.map((session) => (
          <li key={session.id} className="flex items-center justify-between gap-4 px-4 py-3 text-13">
            <span className="min-w-0">
              <span className="flex items-center gap-2 font-medium" title={session.user_agent ?? undefined}>
                {browserOf(session.user_agent)}
                {session.is_current && <Badge>this one</Badge>}
              </span>
              <span className="block text-12 text-muted">
                {session.address ?? 'unknown address'} · used <RelativeTime at={session.last_seen_at} /> · signed in{' '}
                <RelativeTime at={session.created_at} />
              </span>
            </span>
            {session.is_current ? (
              <Button size="sm" onClick={() => void signOut()}>
                Sign out
              </Button>
            ) : (
              <Button
                size="sm"
                pending={end.isPending && end.variables === session.id}
                onClick={() => end.mutate(session.id)}
              >
                End session
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}
