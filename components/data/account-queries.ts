import { queryOptions } from '@tanstack/react-query'
import { type Listed, request, requestOne } from '@/components/data/request'
import type { PasskeyView } from '@/lib/users/passkey-schema'
import type { SessionView, TokenView, UserView } from '@/lib/users/schema'
import type { SecondFactorView, SignInRules } from '@/lib/users/second-factor-schema'

// Who may sign in, and how. Keys as in `queries.ts`.

export const userList = () =>
  queryOptions({
    queryKey: ['user', 'list'],
    queryFn: ({ signal }) => request<Listed<UserView>>('/api/v1/users', { signal }),
  })

export const tokenList = () =>
  queryOptions({
    queryKey: ['token', 'list'],
    queryFn: ({ signal }) => request<Listed<TokenView>>('/api/v1/tokens', { signal }),
  })

export const secondFactor = () =>
  queryOptions({
    queryKey: ['second-factor'],
    queryFn: ({ signal }) => requestOne<SecondFactorView>('/api/v1/account/second-factor', { signal }),
  })

export const signInRules = () =>
  queryOptions({
    queryKey: ['sign-in-rules'],
    queryFn: ({ signal }) => requestOne<SignInRules>('/api/v1/installation/sign-in-rules', { signal }),
  })

export const passkeyList = () =>
  queryOptions({
    queryKey: ['passkey', 'list'],
    queryFn: ({ signal }) => request<Listed<PasskeyView>>('/api/v1/account/passkeys', { signal }),
  })

export const sessionList = () =>
  queryOptions({
    queryKey: ['session', 'list'],
    queryFn: ({ signal }) => request<Listed<SessionView>>('/api/v1/sessions', { signal }),
  })
