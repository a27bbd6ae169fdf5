import type { ReactNode } from 'react'
import { PageHeading } from '@/components/layout/page-heading'
import { type Crumb, TopBar } from '@/components/layout/top-bar'
import { cn } from '@/components/ui/cn'

/** Top bar, heading and content of one page. */
export function Page({
  crumbs,
  title,
  icon,
  status,
  subtitle,
  actions,
  side,
  isSideAlone,
  children,
}: {
  crumbs: Crumb[]
  title: ReactNode
  icon?: ReactNode
  status?: ReactNode
  subtitle?: ReactNode
  actions?: ReactNode
  /** A list of pages like this one, at its left; above it on a phone. */
  side?: ReactNode
  /** On a phone the list stands alone, without heading and content. */
  isSideAlone?: boolean
  children: ReactNode
}) {
  return (
    <>
      <TopBar crumbs={crumbs} />
      <main id="content" tabIndex={-1} className="flex-1 outline-none">
        <div
          className={cn(
            'mx-auto w-full max-w-[1440px] px-4 pt-5 pb-16 md:px-6 md:pt-7',
            side &&
              'md:grid md:grid-cols-[176px_minmax(0,1fr)] md:items-start md:gap-x-8 lg:grid-cols-[200px_minmax(0,1fr)] lg:gap-x-12',
          )}
        >
          {side}
          <div className={cn('min-w-0', isSideAlone && 'max-md:hidden')}>
            <div className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3 md:flex-nowrap">
              <div className="min-w-0">
                <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
                  <span className="flex min-w-0 gap-2.5">
                    {icon && <span className="flex h-7 shrink-0 items-center">{icon}</span>}
                    <PageHeading>{title}</PageHeading>
                  </span>
                  {status}
                </div>
                {subtitle && <div className="mt-1 min-w-0 text-13 text-muted">{subtitle}</div>}
              </div>
              {actions && <div className="flex shrink-0 flex-wrap items-center gap-2">{actions}</div>}
            </div>
            {children}
          </div>
        </div>
      </main>
    </>
  )
}
