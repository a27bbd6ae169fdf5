'use client'

import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { type Problem, RequestError } from '@/components/data/request'

/** Data is pushed stale by the event stream, so it may stay fresh for long; a lost stream makes the hooks poll. */
const STALE_MS = 60_000

/** Refused, or a host did not answer the server in the time that it had: asked at once again, it would say the same. */
export function isFinal({ status }: Pick<Problem, 'status'>): boolean {
  return (status >= 400 && status < 500) || status === 502 || status === 504
}

export function QueryProvider({ children }: { children: ReactNode }) {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            staleTime: STALE_MS,
            retry: (count, error) => count < 2 && !(error instanceof RequestError && isFinal(error.problem)),
          },
        },
      }),
  )
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>
}
