import { Grid3x3, List } from 'lucide-react'
import Link from 'next/link'
import { cn } from '@/components/ui/cn'

const VIEWS = [
  { id: 'list', href: '/mounts', label: 'List', icon: List },
  { id: 'placement', href: '/mounts/placement', label: 'Placement', icon: Grid3x3 },
] as const

/** Mounts as a list, or on all hosts at once. */
export function MountViews({ current }: { current: (typeof VIEWS)[number]['id'] }) {
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
