'use client'

import { ChevronRight, Menu as MenuIcon, Search } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { Fragment, useState } from 'react'
import { Bell } from '@/components/alerts/bell'
import { useConnection } from '@/components/data/live'
import { usePalette } from '@/components/layout/palette-context'
import { ThemeSwitch } from '@/components/layout/theme-switch'
import { RunningOperations } from '@/components/operations/running-operations'
import { IconButton } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'

const NavigationSheet = dynamic(
  () => import('@/components/layout/navigation-sheet').then((module) => module.NavigationSheet),
  { ssr: false },
)

export interface Crumb {
  label: string
  href?: string
}

function PhoneNavigation() {
  const [state, setState] = useState<'never' | 'open' | 'closed'>('never')
  return (
    <>
      <button
        type="button"
        aria-label="Open navigation"
        aria-haspopup="dialog"
        aria-expanded={state === 'open'}
        onClick={() => setState('open')}
        className="-ml-1 inline-flex size-9 items-center justify-center rounded-md text-muted hover:bg-hover md:hidden"
      >
        <MenuIcon aria-hidden className="size-5" strokeWidth={1.75} />
      </button>
      {state !== 'never' && (
        <NavigationSheet open={state === 'open'} onOpenChange={(open) => setState(open ? 'open' : 'closed')} />
      )}
    </>
  )
}

function ConnectionBar() {
  const isLost = useConnection() === 'lost'
  // Always there, so that it is read out when it is filled.
  return (
    <div role="status">
      {isLost && (
        <p className="border-b border-warning/30 bg-warning-soft px-4 py-1 text-center text-12 text-warning">
          Holdfast does not answer. What you see may be old; this page tries again by itself.
        </p>
      )}
    </div>
  )
}

export function TopBar({ crumbs }: { crumbs: Crumb[] }) {
  const { openPalette } = usePalette()
  // A phone has room for the last two.
  const isDeep = crumbs.length > 2
  return (
    <div className="sticky top-0 z-30">
      <header className="flex h-12 items-center gap-2 border-b border-line bg-canvas px-3 md:px-6">
        <PhoneNavigation />
        <nav aria-label="Breadcrumb" className="min-w-0 flex-1">
          <ol className="flex min-w-0 items-center gap-1 text-13">
            {crumbs.map((crumb, index) => (
              <Fragment key={crumb.label}>
                {index > 0 && (
                  <li aria-hidden className={cn('shrink-0', index === 1 && isDeep && 'max-sm:hidden')}>
                    <ChevronRight className="size-3.5 text-faint" />
                  </li>
                )}
                {/* The name of an object gives way, and what follows it where that is long: not the list before it. */}
                <li
                  className={cn(
                    index === 0 ? 'shrink-0' : 'min-w-0 truncate',
                    index === 0 && isDeep && 'max-sm:hidden',
                  )}
                >
                  {crumb.href ? (
                    <Link
                      href={crumb.href}
                      prefetch={false}
                      className="block truncate rounded-sm text-muted hover:text-ink"
                    >
                      {crumb.label}
                    </Link>
                  ) : (
                    <span aria-current="page">{crumb.label}</span>
                  )}
                </li>
              </Fragment>
            ))}
          </ol>
        </nav>
        <button
          type="button"
          onClick={openPalette}
          className="hidden h-8 w-52 items-center gap-2 rounded-md border border-line-strong bg-surface px-2.5 text-13 text-faint hover:border-control lg:flex"
        >
          <Search aria-hidden className="size-4" />
          <span className="flex-1 text-left">Search or jump to</span>
          <kbd className="rounded-sm border border-line bg-sunken px-1 font-sans text-12">Ctrl K</kbd>
        </button>
        <IconButton icon={Search} label="Search or jump to" onClick={openPalette} className="lg:hidden" />
        <Bell />
        <RunningOperations />
        <ThemeSwitch />
      </header>
      <ConnectionBar />
    </div>
  )
}
