import type { LucideIcon } from 'lucide-react'
import Link from 'next/link'
import { cn } from '@/components/ui/cn'

export interface SwitchedView {
  id: string
  href: string
  label: string
  icon: LucideIcon
}

/** The same things shown in several ways, each a page of its own. */
export function ViewSwitch({ views, current }: { views: readonly SwitchedView[]; current: string }) {
  return (
    <nav aria-label="View" className="inline-flex rounded-md border border-line-strong bg-surface p-0.5">
      {views.map(({ id, href, label, icon: Icon }) => (
        <Link
          key={id}
          href={href}
          prefetch={false}
          aria-current={id === current ? 'page' : undefined}
          className={cn(
            'inline-flex h-6.5 items-center gap-1.5 rounded-sm px-2 text-12 font-medium text-muted hover:text-ink',
            id === current && 'bg-pressed text-ink',
          )}
        >
          <Icon aria-hidden className="size-3.5" strokeWidth={1.75} />
          {label}
        </Link>
      ))}
    </nav>
  )
}
