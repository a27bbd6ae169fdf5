import { dehydrate, HydrationBoundary, QueryClient, type QueryKey } from '@tanstack/react-query'
import type { ReactNode } from 'react'

/** Data that the server has read already, handed to the queries of the same keys. */
export function Prefetched({
  data,
  children,
}: {
  data: readonly (readonly [QueryKey, unknown])[]
  children: ReactNode
}) {
  const client = new QueryClient()
  for (const [key, value] of data) client.setQueryData(key, value)
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>
}
