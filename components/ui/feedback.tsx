import type { LucideIcon } from 'lucide-react'
import { CircleAlert, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from '@/components/ui/cn'

/** A page or table with nothing in it: one sentence, one button, one link. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon?: LucideIcon
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="panel flex flex-col items-center border-dashed px-6 py-14 text-center">
      {Icon && (
        <span className="mb-4 inline-flex size-10 items-center justify-center rounded-lg border border-line bg-sunken text-muted">
          <Icon aria-hidden className="size-5" strokeWidth={1.5} />
        </span>
      )}
      <h2 className="text-16 font-semibold">{title}</h2>
      {children && <div className="mt-1 max-w-[52ch] text-13 text-muted">{children}</div>}
      {action && <div className="mt-5 flex flex-wrap items-center justify-center gap-3">{action}</div>}
    </div>
  )
}

const NOTES = {
  info: { icon: Info, look: 'border-line bg-sunken', tint: 'text-muted' },
  warning: { icon: TriangleAlert, look: 'border-warning/30 bg-warning-soft', tint: 'text-warning' },
  critical: { icon: CircleAlert, look: 'border-critical/30 bg-critical-soft', tint: 'text-critical' },
} as const

/** A remark within the page: what is so, and what to do. */
export function Note({
  kind = 'info',
  title,
  children,
  action,
  className,
}: {
  kind?: keyof typeof NOTES
  title?: ReactNode
  children?: ReactNode
  action?: ReactNode
  className?: string
}) {
  const { icon: Icon, look, tint } = NOTES[kind]
  return (
    <div
      role={kind === 'critical' ? 'alert' : undefined}
      className={cn('flex items-start gap-2.5 rounded-lg border px-3 py-2.5 text-13', look, className)}
    >
      <Icon aria-hidden className={cn('mt-0.5 size-4 shrink-0', tint)} />
      <div className="min-w-0 flex-1 break-words">
        {title && <p className="font-medium">{title}</p>}
        {children && <div className="text-muted">{children}</div>}
      </div>
      {action}
    </div>
  )
}

export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn('animate-skeleton rounded-sm bg-pressed', className)} />
}

/** Name and value pairs. */
export function Facts({ items, className }: { items: readonly (readonly [string, ReactNode])[]; className?: string }) {
  return (
    <dl className={cn('grid grid-cols-[minmax(96px,auto)_minmax(0,1fr)] gap-x-6 gap-y-2 text-13', className)}>
      {items.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** A bordered part of a page with a heading. */
export function Panel({
  title,
  action,
  children,
  flush,
  className,
}: {
  title?: ReactNode
  action?: ReactNode
  children: ReactNode
  /** Content that draws to the edge: tables and lists. */
  flush?: boolean
  className?: string
}) {
  return (
    <section className={cn('panel min-w-0', className)}>
      {title && (
        <header className="flex min-h-11 items-center justify-between gap-3 border-b border-line px-4 py-2">
          <h2 className="text-13 font-semibold">{title}</h2>
          {action}
        </header>
      )}
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  )
}
