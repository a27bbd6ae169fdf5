import type { ReactNode } from 'react'
import { LiveProvider } from '@/components/data/live'
import { QueryProvider } from '@/components/data/query-provider'
import { OfflineWorker } from '@/components/layout/offline-worker'
import { PaletteProvider } from '@/components/layout/palette-provider'
import { type ConsoleContext, ConsoleProvider } from '@/components/layout/person'
import { Sidebar } from '@/components/layout/sidebar'
import { Toasts } from '@/components/layout/toasts'
import type { TimeChoice } from '@/components/ui/exact-time'
import type { ColumnChoice } from '@/components/ui/table/column-choice'
import { ColumnsProvider } from '@/components/ui/table/columns-provider'
import { TimesProvider } from '@/components/ui/times'

/** Everything around a page of the signed-in console. */
export function Shell({
  value,
  times,
  columns,
  children,
}: {
  value: ConsoleContext
  times: TimeChoice
  columns: ColumnChoice
  children: ReactNode
}) {
  return (
    <ConsoleProvider value={value}>
      <TimesProvider initial={times}>
        <ColumnsProvider initial={columns}>
          <QueryProvider>
            <LiveProvider>
              <PaletteProvider>
                <a
                  href="#content"
                  className="sr-only z-60 rounded-md bg-accent-fill px-3 py-2 text-13 text-white focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
                >
                  Skip to content
                </a>
                <div className="flex min-h-dvh">
                  <aside className="sticky top-0 hidden h-dvh w-14 shrink-0 border-r border-line bg-canvas md:block xl:w-[228px]">
                    <Sidebar isRail />
                  </aside>
                  <div className="flex min-w-0 flex-1 flex-col">
                    {value.isDemo && (
                      <aside
                        aria-label="Demo"
                        className="border-b border-line bg-sunken px-4 py-1.5 text-center text-12 text-muted"
                      >
                        Demo: hosts and storages are simulated.
                        <span className="max-md:hidden">
                          {' '}
                          Nothing real is touched, and everything goes when the demo ends.
                        </span>
                      </aside>
                    )}
                    {children}
                  </div>
                </div>
                <Toasts />
                <OfflineWorker />
              </PaletteProvider>
            </LiveProvider>
          </QueryProvider>
        </ColumnsProvider>
      </TimesProvider>
    </ConsoleProvider>
  )
}
