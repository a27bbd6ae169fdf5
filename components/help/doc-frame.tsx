import Link from 'next/link'
import type { ReactNode } from 'react'
import { DOCS } from '@/components/help/doc-list'
import { cn } from '@/components/ui/cn'

const REFERENCE = { href: '/api-reference', title: 'API reference' }

/** All documents, and the reference after the document about the API. */
const ENTRIES = DOCS.flatMap(({ slug, title }) => {
  const entry = { href: `/help/${slug}`, title }
  return slug === 'api' ? [entry, REFERENCE] : [entry]
})

/** What is to be read, with the list of all that there is beside it. `current` is the address of this page. */
export function DocFrame({ current, children }: { current: string; children: ReactNode }) {
  return (
    <div className="grid items-start gap-x-10 gap-y-5 lg:grid-cols-[180px_minmax(0,1fr)]">
      <nav aria-label="Documentation" className="lg:sticky lg:top-16">
        <ul className="flex flex-wrap gap-1 lg:flex-col">
          {ENTRIES.map(({ href, title }) => (
            <li key={href}>
              <Link
                href={href}
                prefetch={false}
                aria-current={href === current ? 'page' : undefined}
                className={cn(
                  'block rounded-md px-2.5 py-1.5 text-13',
                  href === current ? 'bg-pressed font-medium text-ink' : 'text-muted hover:bg-hover hover:text-ink',
                )}
              >
                {title}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="min-w-0">{children}</div>
    </div>
  )
}
