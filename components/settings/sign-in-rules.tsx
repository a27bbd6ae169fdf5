'use client'

import { useQuery } from '@tanstack/react-query'
import { signInRules } from '@/components/data/account-queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { Panel, Skeleton } from '@/components/ui/feedback'
import { Field } from '@/components/ui/field'
import { Select } from '@/components/ui/select'
import type { UserView } from '@/lib/users/schema'
import type { SignInRules } from '@/lib/users/second-factor-schema'

const CHOICES = [
  { value: 'optional', label: 'Nobody', detail: 'Each decides for themselves' },
  { value: 'administrators', label: 'Administrators', detail: 'They can order everything on every host' },
  { value: 'everyone', label: 'Everyone', detail: 'Who signs in with a password here' },
] as const

function without(users: readonly UserView[], { second_factor: required }: SignInRules): UserView[] {
  return users.filter(
    (user) =>
      (required === 'everyone' || (required === 'administrators' && user.role === 'admin')) &&
      user.sign_in === 'password' &&
      !user.disabled &&
      !user.second_factor &&
      user.passkey_count === 0,
  )
}

/** Of whom a second factor is required. */
export function SignInRulesPanel({ users }: { users: readonly UserView[] }) {
  const { data } = useQuery(signInRules())
  const change = useAction<SignInRules, SignInRules>({
    run: (body) => requestOne<SignInRules>('/api/v1/installation/sign-in-rules', { method: 'PATCH', body }),
    topics: ['sign-in-rules'],
    done: () => 'Saved the rules of sign-in',
  })
  const missing = data ? without(users, data) : []
  return (
    <Panel title="Sign-in" className="mt-5">
      {!data && <Skeleton className="h-10" />}
      {data && (
        <Field
          className="max-w-[760px]"
          label="A second factor is required of"
          help="Codes of an app, or a passkey. Whoever has none sets one up at the next page, and can do nothing before. API tokens are not concerned; people of single sign-on have theirs at the provider."
        >
          {(attributes) => (
            <Select
              {...attributes}
              value={data.second_factor}
              choices={CHOICES}
              disabled={change.isPending}
              className="max-w-sm"
              onChange={(value) => {
                const chosen = CHOICES.find((choice) => choice.value === value)?.value
                if (chosen) change.mutate({ second_factor: chosen })
              }}
            />
          )}
        </Field>
      )}
      {missing.length > 0 && (
        <p className="mt-3 text-12 text-muted">
          Without one so far: {missing.map(({ username }) => username).join(', ')}.
        </p>
      )}
    </Panel>
  )
}
