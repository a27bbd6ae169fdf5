'use client'

import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { RequestError } from '@/components/data/request'

/** Data is pushed stale by the event stream, so it may stay fresh for long; a lost stream makes the hooks poll. */
const STALE_MS = 60_000

export function QueryProvider({ children }: { children: ReactNode }) {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            staleTime: STALE_MS,
            retry: (count, error) =>
              count < 2 &&
              !(error instanceof RequestError && error.problem.status >= 400 && error.problem.status < 500),
          },
        },
      }),
  )
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>
}
