import type { ReactNode } from 'react'
import { cn } from '@/components/ui/cn'

export interface SummaryItem {
  label: string
  value: ReactNode
  /** Has more to show than a word. */
  isWide?: boolean
}

/** What is to be known of a thing at a glance, in a row under its tabs. */
export function Summary({ items }: { items: readonly SummaryItem[] }) {
  return (
    <dl className="panel grid grid-cols-[repeat(auto-fit,minmax(min(100%,9rem),1fr))] gap-x-6 gap-y-4 p-4 text-13">
      {items.map(({ label, value, isWide }) => (
        <div key={label} className={cn('min-w-0', isWide && 'col-span-2')}>
          <dt className="mb-1 text-12 text-muted">{label}</dt>
          <dd className="flex min-h-5 min-w-0 flex-wrap items-center gap-x-2 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
