import { AppRouterContext, type AppRouterInstance } from 'next/dist/shared/lib/app-router-context.shared-runtime'
import { PathnameContext, SearchParamsContext } from 'next/dist/shared/lib/hooks-client-context.shared-runtime'
import type { ReactNode } from 'react'

const nothing = () => {}
const ROUTER: AppRouterInstance = {
  back: nothing,
  forward: nothing,
  refresh: nothing,
  push: nothing,
  replace: nothing,
  prefetch: nothing,
  bfcacheId: '',
}

/**
 * Draws what reads its address, or goes to another one. By the contexts that Next itself reads, since a module that a test replaces would
 * stay so for what the other tests of its worker import.
 */
export function AtAddress({
  path = '/',
  search = '',
  children,
}: {
  path?: string
  search?: string
  children: ReactNode
}) {
  return (
    <AppRouterContext value={ROUTER}>
      <PathnameContext value={path}>
        <SearchParamsContext value={new URLSearchParams(search)}>{children}</SearchParamsContext>
      </PathnameContext>
    </AppRouterContext>
  )
}
