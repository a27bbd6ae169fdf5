import { List, Trash2 } from 'lucide-react'
import Link from 'next/link'
import { cn } from '@/components/ui/cn'

const VIEWS = [
  { id: 'list', href: '/volumes', label: 'List', icon: List },
  { id: 'trash', href: '/volumes/trash', label: 'Trash', icon: Trash2 },
] as const

/** The volumes, or those that were deleted and can still come back. */
export function VolumeViews({ current }: { current: (typeof VIEWS)[number]['id'] }) {
  return (
    <nav aria-label="View" className="inline-flex rounded-md border border-line-strong bg-surface p-0.5">
      {VIEWS.map(({ id, href, label, icon: Icon }) => (
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
