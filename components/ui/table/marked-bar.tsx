import type { ReactNode } from 'react'
import { Button } from '@/components/ui/button'

/** Stands in place of the filters while rows are marked; `children` are what can be done with them. */
export function MarkedBar({
  marked,
  shown,
  onMarkAll,
  onClear,
  children,
}: {
  /** How many rows are. */
  marked: number
  shown: number
  onMarkAll: () => void
  onClear: () => void
  children: ReactNode
}) {
  return (
    <div
      className="flex min-h-8 flex-1 flex-wrap items-center gap-2 rounded-md bg-accent-soft px-3 text-13 max-md:py-2"
      role="status"
    >
      <span className="tabular font-medium">{marked} marked</span>
      {marked < shown && (
        <Button variant="ghost" size="sm" className="md:hidden" onClick={onMarkAll}>
          Mark all {shown}
        </Button>
      )}
      {children}
      <Button variant="ghost" size="sm" className="ml-auto" onClick={onClear}>
        Clear
      </Button>
    </div>
  )
}
